import { Writable } from 'node:stream';
import type { CliIo } from '../../../../src/cli/io.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { cpuSeconds } from '../cpu-time.ts';

/**
 * The surroundings of a command run inside the benchmark. What it says goes to `say`; its monotonic clock counts CPU time, so that a
 * training budget is one of computing, whatever else the machine does.
 */
export function benchIo(say: (line: string) => void): CliIo {
  const stream = () =>
    new Writable({
      write: (chunk, _encoding, done) => {
        for (const line of String(chunk).split('\n')) if (line !== '') say(`  ${line}`);
        done();
      },
    });
  return {
    stdout: stream(),
    stderr: stream(),
    isTerminal: false,
    env: process.env,
    clock: { ...systemClock, monotonicMs: () => 1000 * cpuSeconds() },
    signal: new AbortController().signal,
  };
}
