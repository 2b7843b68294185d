import type { EngineName } from '../../src/infer/engines/engine.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import { type EngineProcess, startEngine } from './engine-process.ts';
import { measureInterleaved, type Side } from './measure-interleaved.ts';
import type { Timing } from './sample-time.ts';

/** Of 32 windows, the default of `infer.batch_windows_max`. */
const callsOfBatch = 7 * 32;

interface Named {
  readonly name: EngineName;
  readonly engine: EngineProcess;
}

export const engines: Benchmark = {
  name: 'engines',
  summary:
    'One batch of 32 calls (10 channels, 96 rows, default network) through each engine, and one training step ' +
    '(`lossAndGradients`, batch of 32) on the backends that train; each engine in a process of its own, measured in turns with onnx (whose ratio to itself shows the noise). ' +
    '`over_onnx` compares wall times (elapsed), `cpu_over_onnx` CPU time: TensorFlow may use all cores, the others use one.',
  async run(quick): Promise<BenchmarkResult> {
    const usable: Named[] = [];
    const notes: string[] = [];
    for (const name of ['onnx', 'wasm', 'tensorflow'] as const) {
      const engine = await startEngine({ engine: name, provider: 'cpu' }, { quick, channels: quick ? 2 : 10 });
      if ('run' in engine) usable.push({ name, engine });
      else if (name === 'tensorflow') notes.push(`${name} left out: ${engine.unusable}.`);
      else throw new Error(`starting the ${name} engine: ${engine.unusable}`);
    }
    try {
      const reference = jobSide(usable[0], 'marginals');
      const rows: Row[] = [];
      const keys: Record<string, number> = {};
      for (const job of ['marginals', 'training_step'] as const) {
        for (const named of usable) {
          if (job === 'training_step' && named.name === 'onnx') continue;
          const side = jobSide(named, job);
          const measured = await measureInterleaved([reference, side], quick ? 1 : 5);
          const { median, ratio } = measured[1];
          rows.push({
            what: job,
            engine: named.name,
            wall_ms: median.wallMs,
            cpu_ms: median.cpuMs,
            over_onnx: ratio.wallMs,
            cpu_over_onnx: ratio.cpuMs,
          });
          keys[`${side.name}_ms`] = median.wallMs;
          if (named.name === 'onnx') continue;
          keys[`${side.name}_over_onnx`] = ratio.wallMs;
          keys[`${side.name}_cpu_over_onnx`] = ratio.cpuMs;
        }
      }
      // threads of wasm share the memory of their process
      for (const { name, engine } of usable.filter((one) => one.name !== 'wasm')) {
        const { batch } = await engine.run({ kind: 'batch', size: quick ? 2 : callsOfBatch }, 'batch');
        keys[`${name}_resident_mb`] = batch.residentBytes / 1_048_576;
      }
      return { keys, rows, notes };
    } finally {
      for (const { engine } of usable) engine.end();
    }
  },
};

const jobSide = ({ name, engine }: Named, kind: 'marginals' | 'training_step'): Side<keyof Timing> => ({
  name: `${name}_${kind}`,
  sample: async () => (await engine.run({ kind }, 'timing')).timing,
});
