import { createRng } from '../../../../src/core/rng.ts';
import { windowAt } from '../../../../src/diffusion/training-set.ts';
import { onnxEngine } from '../../../../src/infer/engines/onnx.ts';
import { cpuSeconds } from '../cpu-time.ts';
import { callOf, inUnit } from '../imputation/impute-windows.ts';
import type { ImputationProtocol } from '../imputation/protocol.ts';
import type { TrainedImputer } from '../imputation/train-imputer.ts';
import { reverseProcess } from './path-methods.ts';
import { type JointCase, type JointFigures, pathMethods, scoreJoint } from './score-joint.ts';

const samples = 64;
/** Share of the training values that a channel's threshold leaves above it. */
const aboveThreshold = 0.1;

/** CPU milliseconds a window of what is served where paths are asked for: two steps, eight samples. */
export async function pathsMsWindow({ model }: TrainedImputer, protocol: ImputationProtocol): Promise<number> {
  const engine = await onnxEngine.create(model);
  const method = reverseProcess({ method: 'distributional', steps: 2 });
  const context = { engine, model, samples: 8, suffixRows: 0, past: [], rng: createRng(5) };
  try {
    const inputs = protocol.test.map((window) => callOf(model, protocol, window));
    await method(inputs[0], context); // the first call compiles
    const from = process.cpuUsage();
    for (const input of inputs) await method(input, context);
    return (1000 * cpuSeconds(from)) / inputs.length;
  } finally {
    await engine.dispose();
  }
}

/** Paths of the hidden cells, judged by their sums over the hidden channels of a row, in the unit of the metric. */
export async function scoreImputationPaths(
  { model, places }: TrainedImputer,
  protocol: ImputationProtocol,
  quick: boolean,
): Promise<Record<string, JointFigures>> {
  const { length, channels, stepMs } = protocol;
  const cases = protocol.test.map(
    (window): JointCase => ({
      input: callOf(model, protocol, window),
      truth: window.truth.map((value, i) => (window.judged[i] === 1 ? value : Number.NaN)),
      inUnit: (c, z) => inUnit(model, protocol, c, z),
    }),
  );
  const past = Array.from({ length: samples }, (_, k) => {
    const place = places[Math.floor((k * places.length) / samples)];
    return { z: windowAt(place, length, channels), startMs: place.segment.startMs + place.row * stepMs };
  });
  const engine = await onnxEngine.create(model);
  try {
    const context = { engine, model, samples, suffixRows: 0, past, rng: createRng(4) };
    return await scoreJoint(cases, thresholds(protocol), context, pathMethods(quick));
  } finally {
    await engine.dispose();
  }
}

/** [channel] */
function thresholds({ training, channels }: ImputationProtocol): number[] {
  return Array.from({ length: channels }, (_, c) => {
    const known = training.filter((value, i) => i % channels === c && !Number.isNaN(value)).sort();
    return known[Math.floor((1 - aboveThreshold) * (known.length - 1))];
  });
}
