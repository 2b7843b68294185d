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

const stopping = new AbortController();
let asked = 0;
const onSignal = (signal: NodeJS.Signals) => {
  asked++;
  stopping.abort();
  if (asked > 1) process.exit(signal === 'SIGINT' ? 130 : 143); // asked twice: somebody is in a hurry
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
  const asked = commands[argv[0] ?? ''];
  for (const register of asked === undefined ? Object.values(commands) : [asked]) await register(program, io);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof DriftcastError)) throw error;
    process.stderr.write(`driftcast: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
    return error.code === 'USAGE' ? 2 : 1;
  }
}

// Native libraries and pools may keep threads: the command is over when it says so.
process.exit(await main(process.argv.slice(2)));
