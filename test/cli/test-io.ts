import { Writable } from 'node:stream';
import { Command } from 'commander';
import type { CliIo } from '../../src/cli/io.ts';
import type { Clock } from '../../src/core/clock.ts';

const stillClock: Clock = {
  nowMs: () => 1_750_000_000_000,
  monotonicMs: () => 0,
  sleep: () => Promise.resolve(),
  every: () => () => {},
};

class Text extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs one command as main would; gives what it printed and what it threw. */
export async function runCommand(
  register: (program: Command, io: CliIo) => void,
  args: readonly string[],
  env: CliIo['env'] = {},
  clock: Clock = stillClock,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly error: unknown }> {
  const stdout = new Text();
  const stderr = new Text();
  const io: CliIo = { stdout, stderr, isTerminal: false, env, clock, signal: new AbortController().signal };
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeErr: (text) => stderr.write(text), writeOut: (text) => stdout.write(text) });
  register(program, io);
  let error: unknown = null;
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (thrown) {
    error = thrown;
  }
  return { stdout: stdout.text, stderr: stderr.text, error };
}
