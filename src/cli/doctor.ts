import * as os from 'node:os';
import type { Command } from 'commander';
import { DriftcastError } from '../core/errors.ts';
import type { EngineChoice } from '../infer/engines/choose.ts';
import type { EngineProbe } from '../infer/engines/engine.ts';
import { probeApart } from '../infer/engines/probe-apart.ts';
import { deviceFiles, gpusAmong } from '../infer/engines/visible-gpus.ts';
import type { Check, DoctorReport } from './doctor/check.ts';
import { autoChoice, checkAuto, checkEngines, probeAll } from './doctor/engines.ts';
import { checkCores, checkGpu, checkMemory, checkNode } from './doctor/machine.ts';
import { checkInflux, checkKafka, deadlineOf, influxAddress } from './doctor/servers.ts';
import { checkDemo, checkDocker, checkFolder } from './doctor/surroundings.ts';
import { reportText } from './doctor/text.ts';
import type { CliIo } from './io.ts';
import { addKafkaLoginOptions, type KafkaLoginOptions, kafkaConnectionOf } from './kafka-login-options.ts';

interface DoctorOptions extends KafkaLoginOptions {
  readonly json?: boolean;
  readonly brokers?: readonly string[];
  readonly influx?: string;
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

Exit status: 0 when driftcast can run here, and the servers that were named can be reached; else 1.

Examples:
  $ driftcast doctor
  $ driftcast doctor --brokers localhost:9092 --influx http://localhost:8086
  $ driftcast doctor --json | jq .auto
`;

/** `driftcast doctor`: what this machine can run, and what to do about the rest. Fails with ENGINE_UNAVAILABLE or USAGE. */
export function registerDoctor(program: Command, io: CliIo, parts: DoctorParts = thisMachine): void {
  const command = program
    .command('doctor')
    .description('Say what this machine can run, and what to do about the rest.')
    .option('--json', 'print the report as JSON', false)
    .option('--brokers <list>', 'Kafka brokers to try, host:port, separated by commas', list)
    .option('--influx <url>', 'InfluxDB to try, http://host:8086')
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
  const report = await examine(options, io, parts);
  const coloured = io.isTerminal && !io.env.NO_COLOR;
  io.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, coloured));
  if (report.ok) return;
  const failed = report.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
  throw new DriftcastError('ENGINE_UNAVAILABLE', `driftcast cannot do its main job here: ${failed.join(', ')}`);
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
