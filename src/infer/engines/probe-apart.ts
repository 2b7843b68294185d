import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineChoice } from './choose.ts';
import type { EngineName, EngineProbe } from './engine.ts';

const entry = fileURLToPath(new URL('./probe-entry.mjs', import.meta.url));
const stderrCharsKept = 2000;

/** Loading CUDA's libraries from a cold disk, or a driver in software that compiles its first kernels, takes seconds. */
export const probeMsMax = 60_000;

/**
 * Asks whether an engine can be used, in a process of its own: a native library that crashes or hangs takes nothing along.
 * Resolves within `timeoutMs`, never rejects. `probeFile` is another program in tests.
 */
export function probeApart(
  { engine, provider }: EngineChoice,
  timeoutMs = probeMsMax,
  probeFile = entry,
): Promise<EngineProbe> {
  return new Promise((resolve) => {
    const child = fork(probeFile, [engine, provider], {
      execArgv: ['--no-deprecation'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const settle = (probe: EngineProbe) => {
      clearTimeout(timer);
      resolve(probe);
    };
    const refuse = (detail: string) => settle({ usable: false, device: 'cpu', detail, remedy: remedies[engine] });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-stderrCharsKept);
    });
    child.on('message', (message) => settle(message as EngineProbe));
    child.on('error', (error) => refuse(`could not start a process: ${error.message}`));
    child.on('close', (code, signal) => {
      if (timedOut) refuse(`its library did not answer within ${timeoutMs / 1000} s`);
      else refuse(`loading its library ended its process with ${signal ?? `status ${code}`}${lastLine(stderr)}`);
    });
  });
}

const remedies: Readonly<Record<EngineName, string>> = {
  onnx: 'npm ci',
  tensorflow: 'npm run native-tf -- --rebuild',
  wasm: 'npm ci',
};

const lastLine = (text: string): string => {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
};
