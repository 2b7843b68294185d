import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineChoice } from '../../src/infer/engines/choose.ts';
import type { EngineProbe } from '../../src/infer/engines/engine.ts';
import type { EngineJob, EngineReply } from './engine-child.ts';

export interface EngineProcess {
  readonly pid: number;
  /** What the engine said of itself. */
  readonly probe: EngineProbe;
  /** One job at a time. Rejects where the job fails or the process ends. */
  run<K extends Answer['kind']>(job: EngineJob, kind: K): Promise<Extract<Answer, { kind: K }>>;
  /** The process ends with its channel. */
  end(): void;
}

type Answer = Extract<EngineReply, { kind: 'timing' | 'batch' }>;

/** An engine in a process of its own; or why it cannot be used here. */
export async function startEngine(
  { engine, provider }: EngineChoice,
  {
    quick,
    channels,
    env = {},
  }: { readonly quick: boolean; readonly channels: number; readonly env?: NodeJS.ProcessEnv },
): Promise<EngineProcess | { readonly unusable: string }> {
  const child = fork(
    fileURLToPath(new URL('./engine-child.ts', import.meta.url)),
    [engine, provider, quick ? 'quick' : 'full', String(channels)],
    {
      execArgv: ['--no-deprecation', '--import', import.meta.resolve('tsx')],
      env: {
        ...process.env,
        TF_CPP_MIN_LOG_LEVEL: '2',
        TF_FORCE_GPU_ALLOW_GROWTH: 'true',
        NVIDIA_TF32_OVERRIDE: '0',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    },
  );
  const reply = await nextReply(child);
  if (reply.kind !== 'ready') {
    child.disconnect();
    if (reply.kind === 'unusable') return { unusable: reply.detail };
    throw new Error(`starting the engine ${engine}: ${JSON.stringify(reply)}`);
  }
  return {
    pid: child.pid ?? 0,
    probe: reply.probe,
    async run<K extends Answer['kind']>(job: EngineJob, kind: K) {
      const next = nextReply(child);
      child.send(job);
      const answer = await next;
      if (answer.kind === kind) return answer as Extract<Answer, { kind: K }>;
      throw new Error('detail' in answer ? answer.detail : `${job.kind} was answered with ${answer.kind}`);
    },
    end: () => child.disconnect(),
  };
}

function nextReply(child: ChildProcess): Promise<EngineReply> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null) =>
      reject(new Error(`an engine's process ended with ${signal ?? code}`));
    child.once('exit', ended);
    child.once('message', (reply) => {
      child.off('exit', ended);
      resolve(reply as EngineReply);
    });
  });
}
