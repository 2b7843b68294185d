import { createRng } from '../../src/core/rng.ts';
import { chooseGaps } from '../../src/diffusion/base/choose-gaps.ts';
import { type GapEstimate, smoothGaps } from '../../src/diffusion/base/smooth-gaps.ts';
import { CallBatch } from '../../src/diffusion/call.ts';
import { onnxEngine } from '../../src/infer/engines/onnx.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { countMultiplyAdds } from './count-multiply-adds.ts';
import { matmulPeak } from './matmul-peak.ts';
import { measureInterleaved } from './measure-interleaved.ts';
import { randomModel } from './random-model.ts';
import { sampleTime } from './sample-time.ts';

interface Size {
  readonly length: number;
  readonly channels: number;
}

const gapShare = 0.1;
const batch = 4;

/** From the smallest window the config takes to the widest. */
const sizes: readonly Size[] = [
  { length: 16, channels: 1 },
  { length: 96, channels: 8 },
  { length: 36, channels: 36 },
  { length: 96, channels: 38 },
  { length: 96, channels: 128 },
  { length: 96, channels: 400 },
  { length: 512, channels: 8 },
  { length: 512, channels: 38 },
];

export const sizeCost: Benchmark = {
  name: 'sizes',
  summary:
    'What a window costs by its length and channels: one null call of the default network (onnx, batches of ' +
    `${batch}), and the smoother that fills gaps on a window with a tenth of its cells missing at random, in the form that ` +
    '`train` takes for this size. `peak_fraction` is that of the call, as under `plan`.',
  async run(quick): Promise<BenchmarkResult> {
    const peak = await matmulPeak(quick ? 32 : 768);
    const rows = [];
    for (const size of quick ? [{ length: 16, channels: 2 }] : sizes) {
      const { model } = randomModel({
        channels: size.channels,
        rows: size.length + 160,
        tiny: quick,
        length: size.length,
      });
      const engine = await onnxEngine.create(model);
      const calls = new CallBatch(model.shape, batch);
      calls.cells.fill(0.5);
      const smoother = gapSmoother(size);
      const cpuMsMin = quick ? 1 : 40;
      const [reference, call, gaps] = await measureInterleaved(
        [
          { name: 'peak', sample: () => sampleTime(peak.run, cpuMsMin) },
          { name: 'call', sample: () => sampleTime(async () => void (await engine.marginals(calls)), cpuMsMin) },
          { name: 'gaps', sample: () => sampleTime(smoother.run, cpuMsMin) },
        ],
        quick ? 1 : 3,
      );
      await engine.dispose();
      if (reference === undefined || call === undefined || gaps === undefined)
        throw new Error('a side was not measured');
      const multiplyAdds = countMultiplyAdds(model.shape);
      rows.push({
        ...size,
        weights: [...model.weights.values()].reduce((sum, { values }) => sum + values.length, 0),
        mega_multiply_adds: multiplyAdds / 1e6,
        call_cpu_ms: call.median.cpuMs / batch,
        peak_fraction: (batch * multiplyAdds) / peak.multiplyAdds / call.ratio.cpuMs,
        smoother: smoother.form,
        smoother_cpu_ms: gaps.median.cpuMs,
      });
    }
    await peak.release();
    const largest = rows.reduce((a, b) => (b.channels > a.channels ? b : a));
    return {
      keys: {
        call_cpu_ms_widest: largest.call_cpu_ms,
        smoother_cpu_ms_widest: largest.smoother_cpu_ms,
      },
      rows,
    };
  },
};

/** The smoother that a feed of this size gets, fitted to a little noise: what it costs does not depend on what it learned. */
function gapSmoother({ length, channels }: Size): { readonly form: string; readonly run: () => void } {
  const rng = createRng(1);
  const rows = 2 * length;
  const z = Float32Array.from({ length: rows * channels }, () => rng.normal());
  const options = { gapBase: 'kalman', stepMs: 60_000, length } as const;
  const model = chooseGaps([{ z, rows, startMs: 0 }], channels, options, rng);
  if (model === null) throw new Error('no smoother was fitted');
  const cells = length * channels;
  const known = Uint8Array.from({ length: cells }, () => (rng.uniform() < gapShare ? 0 : 1));
  const numbers = () => new Float32Array(cells);
  const out: GapEstimate = { mean: numbers(), std: numbers(), leaveOneOut: numbers() };
  return { form: model.kind, run: () => smoothGaps(model, z, known, length, 0, out) };
}
