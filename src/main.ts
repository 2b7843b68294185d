import { Command, CommanderError } from 'commander';
import type { CliIo } from './cli/io.ts';
import { systemClock } from './core/clock.ts';
import { DriftcastError } from './core/errors.ts';

/** Commands by name; a module is loaded only when its command is asked for, so that help is quick. */
const commands: Readonly<Record<string, (program: Command, io: CliIo) => Promise<void>>> = {
  init: async (program, io) =>
    (await import('./cli/init.ts')).registerInit(program, io, (await import('./components.ts')).registry),
  train: async (program, io) =>
    (await import('./cli/train.ts')).registerTrain(program, io, (await import('./components.ts')).registry),
  backtest: async (program, io) =>
    (await import('./cli/backtest.ts')).registerBacktest(program, io, (await import('./components.ts')).registry),
  run: async (program, io) =>
    (await import('./cli/run.ts')).registerRun(program, io, (await import('./components.ts')).registry),
  simulate: async (program, io) => (await import('./cli/simulate.ts')).registerSimulate(program, io),
  validate: async (program, io) =>
    (await import('./cli/validate.ts')).registerValidate(program, io, (await import('./components.ts')).registry),
  doctor: async (program, io) => (await import('./cli/doctor.ts')).registerDoctor(program, io),
  demo: async (program, io) =>
    (await import('./cli/demo.ts')).registerDemo(program, io, (await import('./components.ts')).registry),
  schema: async (program, io) =>
    (await import('./cli/schema.ts')).registerSchema(program, io, (await import('./components.ts')).registry),
};

// What TensorFlow reads when it loads, here or in a worker: take GPU memory as it is needed, print errors only.
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

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
  const asked = Object.hasOwn(commands, argv[0] ?? '') ? commands[argv[0] as string] : undefined;
  const wanted = asked === undefined ? Object.values(commands) : [asked];
  const isVersion = argv[0] === '--version' || argv[0] === '-V';
  for (const register of isVersion ? [] : wanted) await register(program, io);
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
