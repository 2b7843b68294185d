import type { EngineChoice } from '../../src/infer/engines/choose.ts';
import type { EngineProbe } from '../../src/infer/engines/engine.ts';
import { BenchChild } from './bench-child.ts';
import type { EngineJob, EngineReply } from './engine-child.ts';

export interface EngineProcess {
  /** What the engine said of itself. */
  readonly probe: EngineProbe;
  /** One job at a time. Rejects where the job fails or the process ends. */
  run<K extends Answer['kind']>(job: EngineJob, kind: K): Promise<Extract<Answer, { kind: K }>>;
  end(): void;
}

type Answer = Extract<EngineReply, { kind: 'timing' | 'batch' }>;

interface Settings {
  readonly quick: boolean;
  readonly channels: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** An engine in a process of its own; or why it cannot be used here. */
export async function startEngine(
  { engine, provider }: EngineChoice,
  { quick, channels, env = {} }: Settings,
): Promise<EngineProcess | { readonly unusable: string }> {
  const child = new BenchChild<EngineJob, EngineReply>(
    `the process of ${engine}`,
    new URL('./engine-child.ts', import.meta.url),
    [engine, provider, quick ? 'quick' : 'full', String(channels)],
    [],
    env,
  );
  const reply = await child.next();
  if (reply.kind !== 'ready') {
    child.close();
    if (reply.kind === 'unusable') return { unusable: reply.detail };
    throw new Error(`starting the engine ${engine}: ${JSON.stringify(reply)}`);
  }
  return {
    probe: reply.probe,
    async run<K extends Answer['kind']>(job: EngineJob, kind: K) {
      const answer = await child.ask(job);
      if (answer.kind === kind) return answer as Extract<Answer, { kind: K }>;
      throw new Error('detail' in answer ? answer.detail : `${job.kind} was answered with ${answer.kind}`);
    },
    end: () => child.close(),
  };
}
