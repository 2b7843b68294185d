import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../../config/duration-ms.ts';
import { type PlantName, plantNames } from '../../source/plant/plants.ts';
import { addKafkaLoginOptions, type KafkaLoginOptions } from '../kafka-login-options.ts';

/** The options of `driftcast simulate` as commander hands them over. */
export interface SimulateOptions extends KafkaLoginOptions {
  readonly plant?: PlantName;
  readonly csv?: string;
  readonly host?: true;
  readonly to?: 'kafka' | 'file' | 'stdout';
  readonly out?: string;
  readonly brokers: readonly string[];
  readonly topic?: string;
  readonly partitions: number;
  readonly seriesKey: boolean;
  readonly start?: string;
  readonly days?: number;
  readonly history?: number;
  readonly for?: number;
  readonly every: number;
  readonly speed?: number;
  readonly seed: number;
  readonly faults: boolean;
  readonly dropouts: boolean;
  readonly labels: boolean;
  readonly timeColumn: string;
  readonly seriesColumn?: string;
  readonly dropColumns?: readonly string[];
  readonly delimiter: string;
}

export const simulateHelp = `
Times:
  To a file or to standard output the plants start on Monday 2026-01-05 and run for 7 days at once.
  To Kafka they start --history (2 days) before now and run on without end: first the history, at
  --speed (60 times real time: 2 days in 48 minutes; 0: at once), then, having reached the present,
  one row a step in real time. With --speed nothing is ever sent before its own time stamp, since
  pipelines refuse readings from the future. --start now leaves the history out. A fixed --start
  with the same seed sends the same rows again after a restart.
  With --csv, --start moves the whole file so that its first row falls there.

Examples:
  $ driftcast simulate --days 14 --seed 7 --labels --out demo.csv
  $ driftcast simulate --plant devices --days 1 --out devices.jsonl
  $ driftcast simulate --plant server --to kafka --brokers localhost:9092 --topic telemetry --speed 60
  $ driftcast simulate --csv history.csv --time-column date --start now --to kafka --topic telemetry
  $ driftcast simulate --host --every 10s --for 1h --out this-machine.csv
`;

/** Declares the options on a command. */
export function addSimulateOptions(command: Command): Command {
  return addKafkaLoginOptions(command)
    .addOption(new Option('--plant <name>', 'synthetic plant (default: pump-station)').choices(plantNames))
    .option('--csv <file>', 'rows of a CSV file with a header line (.csv, .csv.gz) instead of a plant')
    .option('--host', "this machine's own metrics instead of a plant")
    .addOption(new Option('--to <where>', 'default: file with --out, else stdout').choices(['kafka', 'file', 'stdout']))
    .option('--out <file>', 'CSV, or JSON lines where the name ends in .jsonl; compressed with .gz behind it')
    .addOption(
      new Option('--brokers <list>', 'Kafka brokers, host:port, separated by commas')
        .argParser(list)
        .default(['localhost:9092'], 'localhost:9092'),
    )
    .option('--topic <name>', 'Kafka topic, created if missing; messages are keyed by series')
    .option('--partitions <n>', 'partitions of a topic that is created', positiveInteger, 4)
    .option('--series-key', 'leave the series out of the message: the key alone carries it', false)
    .option('--start <time>', 'event time of the first row: ISO 8601, or "now"')
    .option('--days <n>', 'length in days of event time (default: 7; to Kafka without end)', positive)
    .option('--history <duration>', 'to Kafka: how long before now the feed starts (default: 2d)', duration)
    .option('--for <duration>', 'stop after this long by the wall clock, e.g. 30m', duration)
    .addOption(
      new Option('--every <duration>', 'with --host: time between two rows').argParser(duration).default(5000, '5s'),
    )
    .option('--speed <n>', 'multiple of real time, 0: at once (default: 0; to Kafka 60)', notNegative)
    .option('--seed <n>', 'same seed, same rows', integer, 1)
    .option('--no-faults', 'a plant that never breaks: a clean history to train on')
    .option('--no-dropouts', 'no missing cells')
    .option('--labels', 'file: a column "label" (1 in faults), and the faults in <out>.faults.json', false)
    .option('--time-column <name>', 'with --csv: column of the event time', 'time')
    .option('--series-column <name>', 'with --csv: column of the series (default: "series", if there is one)')
    .option('--drop-columns <list>', 'with --csv: columns that are no channels, separated by commas', list)
    .option('--delimiter <character>', 'with --csv: what separates the columns', ',')
    .addHelpText('after', simulateHelp);
}

const list = (text: string): string[] => {
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
};

function numberWhere(accept: (value: number) => boolean, expected: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || !accept(value)) throw new InvalidArgumentError(`expected ${expected}`);
    return value;
  };
}

const integer = numberWhere(Number.isSafeInteger, 'a whole number');
const positiveInteger = numberWhere((value) => Number.isSafeInteger(value) && value > 0, 'a whole number above 0');
const positive = numberWhere((value) => value > 0, 'a number above 0');
const notNegative = numberWhere((value) => value >= 0, 'a number, 0 or above');

function duration(text: string): number {
  const parsed = durationMs.safeParse(text);
  if (!parsed.success || parsed.data <= 0)
    throw new InvalidArgumentError('expected a duration such as 10s, 30m, 2h, 7d');
  return parsed.data;
}
