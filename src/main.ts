import { Command, CommanderError } from 'commander';
import type { CliIo } from './cli/io.ts';
import { systemClock } from './core/clock.ts';
import { DriftcastError } from './core/errors.ts';

interface CommandEntry {
  /** What the list of commands says. */
  readonly summary: string;
  /** Loads the command; nothing of it is loaded for the list. */
  readonly register: (program: Command, io: CliIo) => Promise<void>;
}

const registry = async () => (await import('./components.ts')).registry;

const commands: Readonly<Record<string, CommandEntry>> = {
  demo: {
    summary: 'Run the simulated pump station and judge the results against what the simulator knows.',
    register: async (program, io) => (await import('./cli/demo.ts')).registerDemo(program, io, await registry()),
  },
  init: {
    summary: 'Look at data in a file or a topic and write a pipeline file for it.',
    register: async (program, io) => (await import('./cli/init.ts')).registerInit(program, io, await registry()),
  },
  train: {
    summary: 'Train a pipeline’s diffusion model on recorded data.',
    register: async (program, io) => (await import('./cli/train.ts')).registerTrain(program, io, await registry()),
  },
  backtest: {
    summary: 'Replay a file causally through a pipeline and judge the results.',
    register: async (program, io) =>
      (await import('./cli/backtest.ts')).registerBacktest(program, io, await registry()),
  },
  run: {
    summary: 'Run a pipeline until its source ends or a signal stops it.',
    register: async (program, io) => (await import('./cli/run.ts')).registerRun(program, io, await registry()),
  },
  simulate: {
    summary: 'Produce telemetry: a synthetic plant, a CSV file or this machine, to Kafka, a file or stdout.',
    register: async (program, io) => (await import('./cli/simulate.ts')).registerSimulate(program, io),
  },
  validate: {
    summary: 'Check pipeline files.',
    register: async (program, io) =>
      (await import('./cli/validate.ts')).registerValidate(program, io, await registry()),
  },
  doctor: {
    summary: 'Say what this machine can run and what to do about the rest.',
    register: async (program, io) => (await import('./cli/doctor.ts')).registerDoctor(program, io),
  },
  schema: {
    summary: 'Write the JSON Schema and the reference of the pipeline file.',
    register: async (program, io) => (await import('./cli/schema.ts')).registerSchema(program, io, await registry()),
  },
};

// What TensorFlow reads when it loads, here or in a worker: take GPU memory as it is needed, print errors only.
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0'; // as fast without, and the same sums on every CPU
// What CUDA's libraries read: products in single precision, as on every other engine, and not with the ten bits of TF32.
process.env.NVIDIA_TF32_OVERRIDE ??= '0';

const stopping = new AbortController();
let signalStatus = 0;
const onSignal = (signal: NodeJS.Signals) => {
  if (signalStatus > 0) process.exit(signalStatus); // asked twice: somebody is in a hurry
  signalStatus = signal === 'SIGINT' ? 130 : 143;
  stopping.abort();
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // `driftcast ... | head`
});

const io: CliIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: process.stdout.isTTY === true,
  env: process.env,
  clock: systemClock,
  signal: stopping.signal,
};

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('driftcast')
    .description(
      'Watches live telemetry: imputes what is missing, forecasts with honest uncertainty, scores anomalies.',
    )
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError('(driftcast <command> --help shows the options)');
  const name = argv[0] === 'help' ? (argv[1] ?? '') : (argv[0] ?? '');
  const asked = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (asked !== undefined) await asked.register(program, io);
  else for (const [other, { summary }] of Object.entries(commands)) program.command(other).description(summary);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof DriftcastError)) throw error;
    process.stderr.write(`driftcast: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
    if (signalStatus > 0) return signalStatus; // it could not end what it was asked for
    return error.code === 'USAGE' ? 2 : 1;
  }
}

// Native libraries and pools may keep threads: the command is over when it says so.
process.exit(await main(process.argv.slice(2)));
