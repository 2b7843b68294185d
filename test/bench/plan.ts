import { CallBatch } from '../../src/diffusion/call.ts';
import type { Engine } from '../../src/infer/engines/engine.ts';
import { onnxEngine } from '../../src/infer/engines/onnx.ts';
import { inferWindows, type PlanOptions, type PlanWindow } from '../../src/infer/plan.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { countMultiplyAdds } from './count-multiply-adds.ts';
import { matmulPeak } from './matmul-peak.ts';
import { type Measured, measureInterleaved } from './measure-interleaved.ts';
import { type RandomModel, randomModel } from './random-model.ts';
import { sampleTime, type Timing } from './sample-time.ts';

interface Case {
  readonly what: 'window' | 'call';
  readonly channels: number;
  readonly batch: number;
  /** Windows or calls of one run. */
  readonly count: number;
  /** Of one run, matrix products of the network alone. */
  readonly multiplyAdds: number;
  run(): Promise<void>;
}

const stride = 4;
const fractionChannels = 38;

export const plan: Benchmark = {
  name: 'plan',
  summary:
    'Rows `window`: windows (96 rows, stride 4, default network, untrained weights) through `inferWindows` on the onnx ' +
    'engine: imputation, a forecast every 8 rows, two horizons of the score, three masked groups. Rows `call`: ' +
    '`engine.marginals` without the plan around it. The reference is a dense 768 x 768 product in ONNX Runtime on one ' +
    'thread; `peak_fraction` is the share of its multiply-adds per second that is reached, counting only the matrix ' +
    'products of the network.',
  async run(quick): Promise<BenchmarkResult> {
    const cpuMsMin = quick ? 1 : 40;
    const peak = await matmulPeak(quick ? 32 : 768);
    const engines: Engine[] = [];
    const cases: Case[] = [];
    for (const channels of quick ? [1, 3] : [1, 8, fractionChannels, 128]) {
      const random = randomModel({ channels, rows: quick ? 160 : 224, tiny: quick });
      const engine = await onnxEngine.create(random.model);
      engines.push(engine);
      for (const batch of quick ? [1, 2] : [1, 32]) cases.push(await planCase(engine, random, batch));
      if (quick || channels === fractionChannels) cases.push(marginalsCase(engine, random, quick ? 2 : 64));
    }
    // each case in turns with the reference right beside it: a round over all cases takes too long to share its disturbances
    const sideOf = (name: string, run: () => Promise<void>) => ({ name, sample: () => sampleTime(run, cpuMsMin) });
    const times: Measured<keyof Timing>[] = [];
    const peakCpuMs: number[] = [];
    for (const { what, run } of cases) {
      const pair = [sideOf('peak', peak.run), sideOf(what, run)];
      const [reference, own] = await measureInterleaved(pair, quick ? 1 : what === 'call' ? 9 : 3);
      peakCpuMs.push(reference.median.cpuMs);
      times.push(own);
    }
    await Promise.all([peak.release(), ...engines.map((engine) => engine.dispose())]);
    const peakGflops = (2 * peak.multiplyAdds) / 1e6 / Math.min(...peakCpuMs);
    const rows = cases.map(({ what, channels, batch, count, multiplyAdds }, i) => ({
      what,
      channels,
      batch,
      cpu_ms: times[i].median.cpuMs / count,
      wall_ms: times[i].median.wallMs / count,
      per_s_core: (1000 * count) / times[i].median.cpuMs,
      mega_multiply_adds: multiplyAdds / count / 1e6,
      peak_fraction: multiplyAdds / peak.multiplyAdds / times[i].ratio.cpuMs,
    }));
    const ofWindows = rows.filter(({ what }) => what === 'window');
    return {
      keys: {
        onnx_peak_gflops: peakGflops,
        onnx_peak_fraction: rows.findLast(({ what }) => what === 'call')?.peak_fraction ?? Number.NaN,
        ...Object.fromEntries(
          ofWindows.map((row) => [`windows_per_s_core_channels_${row.channels}_batch_${row.batch}`, row.per_s_core]),
        ),
      },
      rows,
      notes: [
        `The reference reached ${peakGflops.toFixed(0)} GFLOP/s of CPU time where it was least disturbed, two operations a multiply-add.`,
      ],
    };
  },
};

/** Windows in batches; one run does an even number of consecutive ones, so that half of them forecast. */
async function planCase(engine: Engine, random: RandomModel, batch: number): Promise<Case> {
  const { model } = random;
  const count = Math.max(batch, 8);
  const options: PlanOptions = {
    quantiles: [0.05, 0.25, 0.5, 0.75, 0.95],
    forecastEverySteps: 8,
    imputeDelaySteps: 12,
    samplerMethod: 'distributional',
    samplerSteps: 1,
    samplerSamples: 16,
    minObservedFraction: 0.1,
    scoreParts: ['score', 'cross'],
    bounds: model.basis.priors.map(() => ({ min: -1e6, max: 1e6 })),
    batchCallsMax: 6 * batch,
  };
  const windows = Array.from({ length: count }, (_, k) => windowAt(random, k));
  const through = async (target: Engine) => {
    for (let from = 0; from < count; from += batch) {
      await inferWindows(target, model, options, windows.slice(from, from + batch));
    }
  };
  let calls = 0;
  const counting: Engine = {
    ...engine,
    marginals: (one) => {
      calls += one.size;
      return engine.marginals(one);
    },
  };
  await through(counting);
  if (calls < 2 * count) throw new Error(`the plan made ${calls} calls for ${count} windows`);
  const multiplyAdds = calls * countMultiplyAdds(model.shape);
  return { what: 'window', channels: model.shape.channels, batch, count, multiplyAdds, run: () => through(engine) };
}

/** The k-th window of the model's own training rows, ends on the grid of the stride. */
function windowAt({ model, values, startMs }: RandomModel, k: number): PlanWindow {
  const { length } = model.shape;
  const channels = model.basis.priors.length;
  const { stepMs } = model.basis;
  const row = stride * k;
  const cells = values.slice(row * channels, (row + length) * channels);
  return {
    series: 'bench',
    endMs: startMs + (row + length - 1) * stepMs,
    newRows: stride,
    observedFraction: cells.filter((value) => !Number.isNaN(value)).length / cells.length,
    values: cells,
    location: Float64Array.from(model.basis.priors, ({ mean }) => mean),
    scale: Float64Array.from(model.basis.priors, ({ variance }) => Math.sqrt(variance)),
  };
}

function marginalsCase(engine: Engine, { model: { shape } }: RandomModel, batch: number): Case {
  const calls = new CallBatch(shape, batch);
  calls.cells.fill(0.5);
  const multiplyAdds = batch * countMultiplyAdds(shape);
  const run = async () => void (await engine.marginals(calls));
  return { what: 'call', channels: shape.channels, batch, count: batch, multiplyAdds, run };
}
