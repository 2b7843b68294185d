import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../src/launch.mjs', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** What it has written to stdout and stderr so far. */
  said(): string;
  readonly exited: Promise<Exit>;
  /** The exit, or a failure with what it said when it does not come in time. */
  exitWithin(ms: number): Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
}

/** Every process started here is killed when the test process ends, whatever happens. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `driftcast <args>` as a real process. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-200_000);
    });
  }
  running.add(child);
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    child,
    said: () => said,
    exited,
    exitWithin: (ms) =>
      within(
        ms,
        exited,
        () => `driftcast ${args.join(' ')} has not ended within ${ms} ms. It said:\n${said.slice(-4000)}`,
      ),
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs `driftcast <args>` to its end; fails unless it exits 0. Gives what it said. */
export async function runCli(args: readonly string[], msMax = 240_000): Promise<string> {
  const cli = startCli(args);
  const { code, signal } = await cli.exitWithin(msMax);
  assert.equal(
    code,
    0,
    `driftcast ${args.join(' ')} ended with ${code ?? signal}. It said:\n${cli.said().slice(-4000)}`,
  );
  return cli.said();
}

/** The promise's value, or an error that says what did not happen in time. */
export async function within<T>(ms: number, promise: Promise<T>, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what())), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks until the answer is true; fails with `what` after `msMax`. */
export async function eventually(what: () => string, ask: () => Promise<boolean>, msMax = 120_000): Promise<void> {
  const end = performance.now() + msMax;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`${what()}: not within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
