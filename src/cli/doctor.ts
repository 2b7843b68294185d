import * as os from 'node:os';
import type { Command } from 'commander';
import { DriftcastError } from '../core/errors.ts';
import type { EngineChoice } from '../infer/engines/choose.ts';
import type { EngineProbe } from '../infer/engines/engine.ts';
import { probeApart } from '../infer/engines/probe-apart.ts';
import { deviceFiles, gpusAmong } from '../infer/engines/visible-gpus.ts';
import type { Check, DoctorReport } from './doctor/check.ts';
import { autoChoice, checkAuto, checkEngines, probeAll } from './doctor/engines.ts';
import { checkCores, checkGpu, checkMemory, checkNode, usableMemory } from './doctor/machine.ts';
import { checkInflux, checkKafka, deadlineOf, influxAddress } from './doctor/servers.ts';
import { estimateSize } from './doctor/size.ts';
import { askedJson, sizeAsked, sizeKeys } from './doctor/size-asked.ts';
import { readSizeConstants } from './doctor/size-constants.ts';
import { sizeText } from './doctor/size-text.ts';
import { checkDemo, checkDocker, checkFolder } from './doctor/surroundings.ts';
import { reportText } from './doctor/text.ts';
import type { CliIo } from './io.ts';
import { addKafkaLoginOptions, type KafkaLoginOptions, kafkaConnectionOf } from './kafka-login-options.ts';

interface DoctorOptions extends KafkaLoginOptions {
  readonly json?: boolean;
  readonly brokers?: readonly string[];
  readonly influx?: string;
  readonly size?: readonly string[];
}

/** What doctor looks at; tests bring machines of their own. */
export interface DoctorParts {
  readonly nodeVersion: string;
  /** Paths under /dev. */
  deviceFiles(): readonly string[];
  probe(choice: EngineChoice): Promise<EngineProbe>;
  /** Looks that take time, begun together. */
  surroundings(folder: string): readonly Promise<Check>[];
}

const serverMsMax = 5000;

const thisMachine: DoctorParts = {
  nodeVersion: process.versions.node,
  deviceFiles,
  probe: probeApart,
  surroundings: (folder) => [checkDemo(), checkFolder(folder), checkDocker()],
};

const help = `
Servers are asked only where they are named, by an option or by KAFKA_BROKERS and INFLUX_URL. The brokers are sent the login
that --username or --token-file name, InfluxDB none.

--json prints one object:
  schema_version  1
  ok              true where nothing failed
  auto            { inference, provider, training }: what "auto" means here, or null; provider is that of onnx
  checks          [{ name, status, detail, remedy, facts }], status ok, warning, failed or skipped; facts depend on the name
                  (node, cores, memory, gpu, onnx, onnx_webgpu, onnx_cuda, tensorflow, wasm, engines, demo, folder, docker,
                  kafka, influxdb)

--size --json prints one object instead: schema_version, asked, rates, busy_cores, processes, kafka_partitions_min,
workers_a_process, cores, utilisation, lag_ms, memory_mb, series_a_process, here, not_counted, measured.

Exit status: 0 when driftcast can run here, and the servers that were named can be reached; else 1.

Examples:
  $ driftcast doctor
  $ driftcast doctor --brokers localhost:9092 --influx http://localhost:8086
  $ driftcast doctor --json | jq .auto
  $ driftcast doctor --size series=5000 channels=12 step=10s
`;

/** `driftcast doctor`: what this machine can run, and what to do about the rest. Fails with ENGINE_UNAVAILABLE or USAGE. */
export function registerDoctor(program: Command, io: CliIo, parts: DoctorParts = thisMachine): void {
  const command = program
    .command('doctor')
    .description('Say what this machine can run, and what to do about the rest.')
    .option('--json', 'print the report as JSON', false)
    .option('--brokers <list>', 'Kafka brokers to try, host:port, separated by commas', list)
    .option('--influx <url>', 'InfluxDB to try, http://host:8086')
    .option(
      '--size <key=value...>',
      `instead: cores, memory and lag of an installation, from what was measured. ${sizeKeys}`,
    )
    .addHelpText('after', help)
    .action((options: DoctorOptions) => doctor(options, io, parts));
  addKafkaLoginOptions(command);
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

async function doctor(options: DoctorOptions, io: CliIo, parts: DoctorParts): Promise<void> {
  if (options.size !== undefined) {
    tellSize(options.size, options.json === true, io);
    return;
  }
  const report = await examine(options, io, parts);
  const coloured = io.isTerminal && !io.env.NO_COLOR;
  io.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, coloured));
  if (report.ok) return;
  const failed = report.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
  throw new DriftcastError('ENGINE_UNAVAILABLE', `driftcast cannot do its main job here: ${failed.join(', ')}`);
}

/** More than an estimate knows; counts stay as they are. */
const fourDigits = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

/** What an installation takes; nothing here is looked at but how many cores and how much memory there are. */
function tellSize(settings: readonly string[], asJson: boolean, io: CliIo): void {
  const asked = sizeAsked(settings);
  const constants = readSizeConstants();
  const memoryBytes = usableMemory(os.totalmem(), process.constrainedMemory()).bytes;
  const estimate = estimateSize(asked, constants, { cores: os.availableParallelism(), memoryBytes });
  const { measured_at, machine, command } = constants;
  const report = {
    schema_version: 1,
    asked: askedJson(asked),
    ...estimate,
    measured: { measured_at, machine, command },
  };
  io.stdout.write(asJson ? `${JSON.stringify(report, fourDigits, 2)}\n` : sizeText(asked, estimate, constants));
}

async function examine(options: DoctorOptions, io: CliIo, parts: DoctorParts): Promise<DoctorReport> {
  const brokers = options.brokers ?? list(io.env.KAFKA_BROKERS ?? '');
  const influx = options.influx ?? io.env.INFLUX_URL ?? '';
  if (influx !== '') influxAddress(influx);
  const deadline = deadlineOf(serverMsMax);
  const servers = [
    brokers.length === 0
      ? notAsked('kafka', '--brokers localhost:9092')
      : checkKafka(connectionTo(brokers, options, io), deadline),
    influx === ''
      ? notAsked('influxdb', '--influx http://localhost:8086')
      : checkInflux(influx, deadline, options.caFile === undefined ? undefined : { ca_file: options.caFile }),
  ];
  const surroundings = parts.surroundings(io.env.DRIFTCAST_STATE_DIR || process.cwd());
  const gpus = gpusAmong(parts.deviceFiles());
  const probed = await probeAll(parts.probe);
  const auto = autoChoice(probed, gpus);
  const checks: Check[] = [
    checkNode(parts.nodeVersion),
    checkCores(os.availableParallelism()),
    checkMemory(os.totalmem(), process.constrainedMemory(), os.freemem()),
    checkGpu(gpus),
    ...checkEngines(probed, gpus),
    checkAuto(auto),
    ...(await Promise.all([...surroundings, ...servers])),
  ];
  return { schema_version: 1, ok: checks.every(({ status }) => status !== 'failed'), auto, checks };
}

const connectionTo = (brokers: readonly string[], options: DoctorOptions, io: CliIo) =>
  kafkaConnectionOf(brokers, options, io.env, 'driftcast-doctor').connection;

const notAsked = (name: string, option: string): Check => ({
  name,
  status: 'skipped',
  detail: `not asked (${option})`,
  remedy: '',
  facts: {},
});
