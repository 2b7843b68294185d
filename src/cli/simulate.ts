import type { Command } from 'commander';
import { DriftcastError } from '../core/errors.ts';
import { recogniseTime } from '../core/recognise-time.ts';
import { DAY_MS } from '../source/plant/disturbance.ts';
import { plants } from '../source/plant/plants.ts';
import { simulationStart } from '../source/simulate.ts';
import type { CliIo } from './io.ts';
import { kafkaConnectionOf } from './kafka-login-options.ts';
import { csvFeed, type Feed, hostFeed, plantFeed } from './simulate/feed.ts';
import { sendKafkaRows } from './simulate/send-kafka.ts';
import { addSimulateOptions, type SimulateOptions } from './simulate/simulate-options.ts';
import { writeFileRows, writeStdoutRows } from './simulate/write-rows.ts';

type Target = 'kafka' | 'file' | 'stdout';

const DAYS_TO_FILE = 7;
const HISTORY_MS = 2 * DAY_MS;
const SPEED_TO_KAFKA = 60;
const CSV_ROW_BYTES_MAX = 1_048_576;
const WARNINGS_MAX = 5;

/** `driftcast simulate`: a synthetic plant, a CSV file or this machine, to Kafka, a file or standard output. */
export function registerSimulate(program: Command, io: CliIo): void {
  const command = program
    .command('simulate')
    .description('Make a feed: a synthetic plant, a CSV file, or this machine, to Kafka, a file or standard output.');
  addSimulateOptions(command).action((options: SimulateOptions) => simulate(options, io));
}

async function simulate(options: SimulateOptions, io: CliIo): Promise<void> {
  const to = options.to ?? (options.out === undefined ? 'stdout' : 'file');
  const wrong = contradiction(options, to);
  if (wrong !== null)
    throw new DriftcastError('USAGE', `simulate: ${wrong}`, { hint: 'See `driftcast simulate --help`.' });
  const feed = chooseFeed(options, to, io);
  const timer = new AbortController();
  const limit = new AbortController();
  if (options.for !== undefined) {
    // Aborting the timer ends the sleep too: only a sleep that ran its time may end the feed.
    void io.clock.sleep(options.for, timer.signal).then(() => timer.signal.aborted || limit.abort());
  }
  const bounded: CliIo = { ...io, signal: AbortSignal.any([io.signal, limit.signal]) };
  try {
    await deliver(feed, options, to, bounded);
  } finally {
    timer.abort();
  }
}

async function deliver(feed: Feed, options: SimulateOptions, to: Target, io: CliIo): Promise<void> {
  const speed = options.speed ?? (to === 'kafka' ? SPEED_TO_KAFKA : 0);
  const { labels, out, topic, brokers, partitions, seriesKey } = options;
  const say = (text: string) => io.stderr.write(`${text}\n`);
  if (to === 'kafka' && topic !== undefined) {
    say(
      `sending ${feed.name} to topic ${topic} at ${brokers.join(', ')}, ${speed === 0 ? 'at once' : `${speed} x real time`} up to the present`,
    );
    const { connection } = kafkaConnectionOf(brokers, options, io.env, 'driftcast-simulate');
    const sent = await sendKafkaRows(feed, { connection, topic, partitions, speed, seriesKey }, io);
    say(`sent ${sent} messages to topic ${topic}`);
  } else if (to === 'file' && out !== undefined) {
    const rows = await writeFileRows(feed, out, { speed, labels }, io);
    say(`wrote ${rows} rows to ${out}${labels ? `, ${feed.faults().length} faults to ${out}.faults.json` : ''}`);
  } else {
    await writeStdoutRows(feed, { speed, labels }, io);
  }
}

/** What does not go together, in words; null where all is well. */
function contradiction(options: SimulateOptions, to: Target): string | null {
  const given = (['plant', 'csv', 'host'] as const).filter((name) => options[name] !== undefined);
  const fromPlant = options.csv === undefined && options.host === undefined;
  const checks: readonly (readonly [boolean, string])[] = [
    [given.length > 1, `--${given.join(' and --')} exclude each other`],
    [to === 'file' && options.out === undefined, '--to file needs --out FILE'],
    [to !== 'file' && options.out !== undefined, `--out is for --to file, not for --to ${to}`],
    [to === 'kafka' && options.topic === undefined, '--to kafka needs --topic NAME'],
    [to === 'kafka' && options.brokers.length === 0, '--to kafka needs --brokers HOST:PORT'],
    [
      options.labels && (to === 'kafka' || !fromPlant),
      '--labels are for a plant written to a file or to standard output',
    ],
    [!fromPlant && options.days !== undefined, '--days is for plants; --for ends the others'],
    [!fromPlant && options.history !== undefined, '--history is for plants'],
    [options.history !== undefined && options.start !== undefined, '--history and --start exclude each other'],
    [options.history !== undefined && to !== 'kafka', '--history is for --to kafka'],
    [options.host === true && options.start !== undefined, '--start is for plants and --csv; --host starts now'],
  ];
  return checks.find(([isWrong]) => isWrong)?.[1] ?? null;
}

function chooseFeed(options: SimulateOptions, to: Target, io: CliIo): Feed {
  if (options.host === true) return hostFeed(io.clock, options.every);
  const startMs = options.start === undefined ? null : parseStart(options.start, io);
  if (options.csv !== undefined) {
    const layout = {
      path: options.csv,
      delimiter: options.delimiter,
      timeColumn: options.timeColumn,
      seriesColumn: options.seriesColumn,
      dropColumns: options.dropColumns ?? [],
      rowBytesMax: CSV_ROW_BYTES_MAX,
    };
    return csvFeed(layout, startMs, warnings(io));
  }
  const plant = plants[options.plant ?? 'pump-station'];
  const days = options.days ?? (to === 'kafka' ? Number.POSITIVE_INFINITY : DAYS_TO_FILE);
  const historyMs = options.history ?? HISTORY_MS;
  const onStep = (timeMs: number) => Math.floor(timeMs / plant.stepMs) * plant.stepMs;
  const byDefault = to === 'kafka' ? io.clock.nowMs() - historyMs : Date.parse(simulationStart);
  if (to === 'kafka' && startMs === null) {
    io.stderr.write(`starting at ${new Date(onStep(byDefault)).toISOString()}; --start now leaves the history out\n`);
  }
  return plantFeed(plant, {
    seed: options.seed,
    startMs: onStep(startMs ?? byDefault),
    steps: Math.max(1, Math.round((days * DAY_MS) / plant.stepMs)),
    faults: options.faults,
    dropouts: options.dropouts,
  });
}

function parseStart(text: string, io: CliIo): number {
  const startMs = text === 'now' ? io.clock.nowMs() : recogniseTime(text, 'auto');
  if (startMs !== null) return startMs;
  throw new DriftcastError('USAGE', `simulate: --start "${text}" is not a time`, {
    hint: 'Write it like 2026-01-05T00:00:00Z, or "now".',
  });
}

/** Broken rows of a file, the first few of them in words. */
function warnings(io: CliIo): (problem: string) => void {
  let count = 0;
  return (problem) => {
    count += 1;
    if (count <= WARNINGS_MAX) io.stderr.write(`skipped: ${problem.slice(0, 200)}\n`);
    if (count === WARNINGS_MAX + 1) io.stderr.write('skipped: and more such rows\n');
  };
}
