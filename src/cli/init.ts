import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { durationMs } from '../config/duration-ms.ts';
import { loadPipeline } from '../config/load.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import { examineFile, relativePath } from './init/examine-file.ts';
import { examineTopic } from './init/examine-topic.ts';
import type { Examined } from './init/examined.ts';
import { pipelineText } from './init/pipeline-text.ts';
import { planSettings } from './init/plan-settings.ts';
import { summaryText } from './init/summary-text.ts';
import type { CliIo } from './io.ts';
import { addKafkaLoginOptions, type KafkaLoginOptions, kafkaConnectionOf } from './kafka-login-options.ts';

interface InitOptions extends KafkaLoginOptions {
  readonly data?: string;
  readonly brokers?: readonly string[];
  readonly topic?: string;
  readonly out: string;
  readonly name?: string;
  readonly step?: number;
  readonly label?: string;
  readonly sample: number;
  readonly force: boolean;
}

const SCHEMA_FILE = fileURLToPath(new URL('../../schemas/pipeline.schema.json', import.meta.url));

const HELP = `
Examples:
  driftcast init --data history.csv --out pipelines/pump
  driftcast init --data attacks.csv --label attack --step 1m --out pipelines/plant
  driftcast init --brokers localhost:9092 --topic telemetry --out pipelines/line-1
`;

/** `driftcast init`: looks at a CSV file or a topic and writes a pipeline file for it. */
export function registerInit(program: Command, io: CliIo, registry: Registry): void {
  const command = program
    .command('init')
    .description('Look at a CSV file or a Kafka topic and write a commented pipeline file for it.')
    .option('--data <file>', 'CSV file with a header line (.csv, .csv.gz)')
    .option('--brokers <list>', 'Kafka brokers, host:port, separated by commas', (text: string) => text.split(','))
    .option('--topic <name>', 'Kafka topic to sample')
    .requiredOption('--out <dir>', 'folder to write pipeline.yaml to')
    .option('--name <name>', 'name of the pipeline (default: from the file or topic)')
    .option('--step <duration>', 'grid step, e.g. 1m (default: what the data keep to)', parseStep)
    .option('--label <column>', 'column of known anomalies: kept from the model')
    .option('--sample <n>', 'messages of the topic to look at', parseCount, 5000)
    .option('--force', 'overwrite a pipeline.yaml that is there', false)
    .addHelpText('after', HELP)
    .action((options: InitOptions) => init(options, io, registry));
  addKafkaLoginOptions(command);
}

function parseStep(text: string): number {
  const parsed = durationMs.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (parsed.success && parsed.data >= 1) return parsed.data;
  throw new InvalidArgumentError('Expected a duration such as 500ms, 10s, 5m, 1h.');
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number of messages, 1 to 9999999.');
}

async function init(options: InitOptions, io: CliIo, registry: Registry): Promise<void> {
  const name = pipelineName(options);
  const examined = await examine(options, name, io);
  const settings = planSettings(examined.facts, examined.live);
  const schemaPath = relativePath(options.out, SCHEMA_FILE);
  const file = path.join(options.out, 'pipeline.yaml');
  await writeNew(file, pipelineText({ ...examined, name, settings, schemaPath }), options.force);
  const sample = path.join(options.out, 'sample.csv');
  if (examined.sampleCsv !== null) await writeNew(sample, examined.sampleCsv, true);
  loadPipeline(file, { registry, env: io.env });
  io.stdout.write(summaryText(examined.origin, examined.facts, settings, examined.timeFrom, examined.seriesFrom));
  const more = examined.facts.truncated ? ' (--sample takes more of the topic)' : '';
  const wrote = examined.sampleCsv === null ? file : `${file} and ${sample}${more}`;
  io.stdout.write(`\nwrote ${wrote}\n${nextSteps(file, options.out, examined.trainOn ?? sample)}`);
}

function examine(options: InitOptions, name: string, io: CliIo): Promise<Examined> {
  const { data, brokers, topic } = options;
  const looks = { label: options.label ?? null, stepMs: options.step ?? null, name };
  if (data !== undefined && brokers === undefined && topic === undefined) return examineFile(data, options.out, looks);
  if (data === undefined && brokers !== undefined && topic !== undefined) {
    const place = (file: string) => relativePath(options.out, file);
    const connection = kafkaConnectionOf(brokers, options, io.env, 'driftcast', place);
    return examineTopic({ topic, sample: options.sample, ...connection }, looks, io);
  }
  throw new DriftcastError('USAGE', 'init: expected either --data FILE, or --brokers LIST and --topic NAME', {
    hint: 'See `driftcast init --help`.',
  });
}

/** A name that the config takes: lower-case letters, digits and dashes. */
function pipelineName({ name, data, topic, out }: InitOptions): string {
  if (name !== undefined && !/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
    throw new DriftcastError('USAGE', 'init: --name: expected lower-case letters, digits and dashes, a letter first');
  }
  const base = topic ?? path.basename(data ?? out).replace(/\.(csv|tsv|txt)?(\.gz)?$/i, '');
  const made = base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '');
  const lettered = /^[a-z]/.test(made) ? made : `feed-${made}`;
  return name ?? lettered.slice(0, 63).replace(/-+$/, '');
}

async function writeNew(file: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (thrown) {
    const exists = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
    if (exists)
      throw new DriftcastError('USAGE', `writing ${file}: it is there already`, {
        hint: 'Give another --out, or --force to overwrite it.',
      });
    throw new DriftcastError('USAGE', `writing ${file}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function nextSteps(file: string, out: string, data: string): string {
  const quoted = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  return [
    'next:',
    `  driftcast validate ${quoted(file)}`,
    `  driftcast train ${quoted(file)} --data ${quoted(data)} --out ${quoted(path.join(out, 'model'))}`,
    `  driftcast run ${quoted(file)}`,
    '',
  ].join('\n');
}
