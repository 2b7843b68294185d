import { Writable } from 'node:stream';
import { Command } from 'commander';
import type { CliIo } from '../../../src/cli/io.ts';
import { registerSimulate } from '../../../src/cli/simulate.ts';
import { type FakeClock, fakeClock } from '../../source/fake-clock.ts';

export interface TestIo extends CliIo {
  readonly clock: FakeClock;
  readonly abort: () => void;
  readonly out: () => string;
  readonly err: () => string;
}

export function createTestIo(onOutput: (text: string) => void = () => {}): TestIo {
  const stop = new AbortController();
  const collect = (listen: (text: string) => void) => {
    const parts: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        parts.push(String(chunk));
        listen(String(chunk));
        done();
      },
    });
    return { stream, text: () => parts.join('') };
  };
  const [stdout, stderr] = [collect(onOutput), collect(() => {})];
  return {
    stdout: stdout.stream,
    stderr: stderr.stream,
    isTerminal: false,
    env: {},
    clock: fakeClock(Date.parse('2026-06-01T00:00:00Z')),
    signal: stop.signal,
    abort: () => stop.abort(),
    out: stdout.text,
    err: stderr.text,
  };
}

/** Runs `driftcast simulate ARGS`; rejects with what the command throws. */
export async function simulate(args: readonly string[], io: TestIo = createTestIo()): Promise<TestIo> {
  const program = new Command('driftcast').exitOverride();
  program.configureOutput({ writeErr: (text) => io.stderr.write(text), writeOut: (text) => io.stdout.write(text) });
  registerSimulate(program, io);
  // Subcommands copy exitOverride and output only if they exist by then.
  for (const command of program.commands) command.copyInheritedSettings(program);
  await program.parseAsync(['simulate', ...args], { from: 'user' });
  return io;
}

export const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
