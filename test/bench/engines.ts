import type { EngineName } from '../../src/infer/engines/engine.ts';
import { BenchChild } from './bench-child.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import type { EngineJob, EngineReply } from './engine-child.ts';
import { measureInterleaved, type Side } from './measure-interleaved.ts';
import type { Timing } from './sample-time.ts';

interface EngineProcess {
  readonly name: EngineName;
  readonly child: BenchChild<EngineJob, EngineReply>;
}

export const engines: Benchmark = {
  name: 'engines',
  summary:
    'One batch of 32 calls (10 channels, 96 rows, default network) through each engine, and one training step ' +
    '(`lossAndGradients`, batch of 32) on the backends that train; each engine in a process of its own, measured in turns with onnx (whose ratio to itself shows the noise). ' +
    '`over_onnx` compares wall times (elapsed), `cpu_over_onnx` CPU time: TensorFlow may use all cores, the others use one.',
  async run(quick): Promise<BenchmarkResult> {
    const started = await Promise.all((['onnx', 'wasm', 'tensorflow'] as const).map((name) => start(name, quick)));
    const usable = started.filter((one): one is EngineProcess => 'child' in one);
    try {
      const reference = jobSide(usable[0], 'marginals');
      const rows: Row[] = [];
      const keys: Record<string, number> = {};
      for (const job of ['marginals', 'training_step'] as const) {
        for (const engine of usable) {
          if (job === 'training_step' && engine.name === 'onnx') continue;
          const side = jobSide(engine, job);
          const measured = await measureInterleaved([reference, side], quick ? 1 : 5);
          const { median, ratio } = measured[1];
          rows.push({
            what: job,
            engine: engine.name,
            wall_ms: median.wallMs,
            cpu_ms: median.cpuMs,
            over_onnx: ratio.wallMs,
            cpu_over_onnx: ratio.cpuMs,
          });
          keys[`${side.name}_ms`] = median.wallMs;
          if (engine.name === 'onnx') continue;
          keys[`${side.name}_over_onnx`] = ratio.wallMs;
          keys[`${side.name}_cpu_over_onnx`] = ratio.cpuMs;
        }
      }
      return {
        keys,
        rows,
        notes: started.flatMap((one) => ('child' in one ? [] : [`${one.name} left out: ${one.detail}.`])),
      };
    } finally {
      for (const { child } of usable) child.close();
    }
  },
};

async function start(name: EngineName, quick: boolean): Promise<EngineProcess | { name: EngineName; detail: string }> {
  const child: EngineProcess['child'] = new BenchChild(
    `the process of ${name}`,
    new URL('./engine-child.ts', import.meta.url),
    [name, quick ? 'quick' : 'full'],
  );
  const reply = await child.next();
  if (reply.kind === 'ready') return { name, child };
  child.close();
  if (reply.kind === 'unusable' && name === 'tensorflow') return { name, detail: reply.detail };
  throw new Error(`starting the ${name} engine: ${JSON.stringify(reply)}`);
}

const jobSide = ({ name, child }: EngineProcess, job: EngineJob): Side<keyof Timing> => ({
  name: `${name}_${job}`,
  sample: () => sampleIn(child, job),
});

async function sampleIn(child: EngineProcess['child'], job: EngineJob): Promise<Timing> {
  const answer = await child.ask(job);
  if (answer.kind !== 'timing') throw new Error(`measuring ${job}: ${JSON.stringify(answer)}`);
  return answer.timing;
}
