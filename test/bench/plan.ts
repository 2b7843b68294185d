import { CallBatch } from '../../src/diffusion/call.ts';
import type { Engine } from '../../src/infer/engines/engine.ts';
import { onnxEngine } from '../../src/infer/engines/onnx.ts';
import { inferWindows, type PlanOptions, type PlanWindow } from '../../src/infer/plan.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import { countMultiplyAdds } from './count-multiply-adds.ts';
import { matmulPeak } from './matmul-peak.ts';
import { type Measured, measureInterleaved, type Side } from './measure-interleaved.ts';
import { type RandomModel, randomModel } from './random-model.ts';
import { sampleTime, type Timing } from './sample-time.ts';

/** Something timed, and the multiply-adds that its matrix products take. */
interface Case extends Side<keyof Timing> {
  readonly multiplyAdds: number;
  readonly row: (measured: Measured<keyof Timing>, peakFraction: number) => Row;
}

const stride = 4;
const marginalsBatch = 64;
const fractionChannels = 38;

export const plan: Benchmark = {
  name: 'plan',
  summary:
    'Windows (96 rows, stride 4, default network, untrained weights) through `inferWindows` on the onnx engine: imputation, a forecast ' +
    'every 8 rows, two horizons of the score and three masked groups. The reference is a dense 768 x 768 product in ONNX ' +
    'Runtime on one thread; `peak_fraction` is the share of its multiply-adds per second that the plan reaches, counting the ' +
    'matrix products of the network alone. The rows `marginals` are the engine without the plan around it.',
  async run(quick): Promise<BenchmarkResult> {
    const peak = await matmulPeak(quick ? 32 : 768);
    const engines: Engine[] = [];
    const cases: Case[] = [];
    const cpuMsMin = quick ? 1 : 40;
    for (const channels of quick ? [1, 3] : [1, 8, fractionChannels, 128]) {
      const random = randomModel({ channels, rows: 320, tiny: quick });
      const engine = await onnxEngine.create(random.model);
      engines.push(engine);
      for (const batch of quick ? [1, 2] : [1, 32]) cases.push(await planCase(engine, random, batch, cpuMsMin));
      if (channels === fractionChannels || quick) cases.push(marginalsCase(engine, random, cpuMsMin));
    }
    const reference = { name: 'peak', sample: () => sampleTime(() => peak.run(), cpuMsMin) };
    const [peakTime, ...times] = await measureInterleaved([reference, ...cases], quick ? 1 : 3);
    await Promise.all([peak, ...engines].map((one) => ('release' in one ? one.release() : one.dispose())));
    const fractions = cases.map(({ multiplyAdds }, i) => multiplyAdds / peak.multiplyAdds / times[i].ratio.cpuMs);
    const rows = cases.map(({ row }, i) => row(times[i], fractions[i]));
    return {
      keys: {
        onnx_peak_fraction: fractions[cases.findLastIndex(({ name }) => name === 'marginals')],
        onnx_peak_gflops: (2 * peak.multiplyAdds) / 1e6 / peakTime.median.cpuMs,
        ...Object.fromEntries(cases.filter(({ name }) => name !== 'marginals').map(({ name }, i) => [name, rate(times, cases, name, i)])),
      },
      rows,
    };
  },
};
