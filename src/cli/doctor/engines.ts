import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { autoOrder, engineNames } from '../../infer/engines/choose.ts';
import type { EngineName, EngineProbe } from '../../infer/engines/engine.ts';
import type { Check } from './check.ts';

const entry = fileURLToPath(new URL('./probe-entry.mjs', import.meta.url));
const stderrCharsKept = 2000;

/**
 * Asks whether an engine can be used, in a process of its own: a native library that crashes or hangs takes nothing along.
 * Resolves within `timeoutMs`, never rejects. `probeFile` is another program in tests.
 */
export function probeApart(name: EngineName, timeoutMs: number, probeFile = entry): Promise<EngineProbe> {
  return new Promise((resolve) => {
    const child = fork(probeFile, [name], {
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
    const refuse = (detail: string) => settle({ usable: false, detail, remedy: remedies[name] });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-stderrCharsKept);
    });
    child.on('message', (message) => settle(message as EngineProbe));
    child.on('error', (error) => refuse(`could not start a process: ${error.message}`));
    child.on('close', (code, signal) => {
      if (timedOut) refuse(`loading the library took more than ${timeoutMs / 1000} s`);
      else refuse(`loading the library ended its process with ${signal ?? `status ${code}`}${lastLine(stderr)}`);
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

/** An engine that is missing is worth a warning only where it would be the better one: one engine is enough. */
export function checkEngine(name: EngineName, probe: EngineProbe, gpuVisible: boolean): Check {
  const idleGpu = name === 'tensorflow' && probe.usable && gpuVisible && !/\bGPU\b/.test(probe.detail);
  const remedy =
    idleGpu || (name === 'tensorflow' && !probe.usable && gpuVisible) ? 'npm run native-tf -- --gpu' : probe.remedy;
  return {
    name,
    status: probe.usable && !idleGpu ? 'ok' : 'warning',
    detail: `${probe.usable ? '' : 'not usable: '}${probe.detail}${idleGpu ? ', although a GPU is visible' : ''}`,
    remedy: probe.usable && !idleGpu ? '' : remedy,
    facts: { usable: probe.usable },
  };
}

export interface AutoChoice {
  readonly inference: EngineName | null;
  readonly training: 'tensorflow' | 'wasm' | null;
}

/** What `auto` picks, in `run` and in `train`. */
export function autoChoice(probes: Readonly<Record<EngineName, EngineProbe>>, gpuVisible: boolean): AutoChoice {
  const usable = (name: EngineName) => probes[name].usable;
  return {
    inference: autoOrder(gpuVisible).find(usable) ?? null,
    training: (['tensorflow', 'wasm'] as const).find(usable) ?? null,
  };
}

export function checkAuto({ inference, training }: AutoChoice): Check {
  const runs = inference === null ? 'no engine can run a model' : `auto runs models on ${inference}`;
  const trains = training === null ? 'none can train one' : `trains on ${training}`;
  const slow = training === 'wasm' ? ' (several times slower than tensorflow)' : '';
  return {
    name: 'engines',
    status: inference === null ? 'failed' : training === null ? 'warning' : 'ok',
    detail: `${runs}, ${trains}${slow}`,
    remedy: inference === null || training === null ? 'npm ci' : training === 'wasm' ? 'npm run native-tf' : '',
    facts: { inference, training },
  };
}

/** All engines at once: each has a process of its own, and none waits for a slow one. */
export async function probeAll(
  probe: (name: EngineName) => Promise<EngineProbe>,
): Promise<Record<EngineName, EngineProbe>> {
  const found = await Promise.all(engineNames.map(async (name) => [name, await probe(name)] as const));
  return Object.fromEntries(found) as Record<EngineName, EngineProbe>;
}
