import { createRng } from '../../../../src/core/rng.ts';
import type { Window } from '../../../../src/core/window.ts';
import type { CallInput } from '../../../../src/diffusion/call.ts';
import { suffixMask } from '../../../../src/diffusion/masks.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { normalise } from '../../../../src/diffusion/normal.ts';
import { onnxEngine } from '../../../../src/infer/engines/onnx.ts';
import { type ForecastData, trainingScales } from '../forecast/forecast-data.ts';
import type { PastWindow } from './path-methods.ts';
import { type JointCase, type JointFigures, pathMethods, scoreJoint } from './score-joint.ts';

const samples = 64;
/** Share of the training values that a channel's threshold leaves above it. */
const aboveThreshold = 0.1;

/**
 * Paths of forecasts, judged by their sums over channels a row ahead. `unit`: `scaled` sums training standard deviations of all
 * channels, `raw` the values themselves. The network alone, without the online layer, which knows no paths.
 */
export async function scoreForecastPaths(
  data: ForecastData,
  model: Model,
  windows: readonly { readonly window: Window; readonly row: number }[],
  unit: 'scaled' | 'raw',
  quick: boolean,
): Promise<Record<string, JointFigures>> {
  const { horizon, active } = model.basis;
  const { length, channels } = model.shape;
  const width = data.channels.length;
  const scales = unit === 'raw' ? data.channels.map(() => 1) : trainingScales(data);
  const generated = suffixMask(length, channels, horizon);
  const cases = windows.map(({ window, row }): JointCase => {
    const truth = new Float64Array(length * channels).fill(Number.NaN);
    for (let h = 0; h < horizon; h++)
      for (const [d, c] of active.entries())
        truth[(length - horizon + h) * channels + d] = data.values[(row + 1 + h) * width + c] / scales[c];
    const inUnit = (d: number, z: number) => {
      const c = active[d];
      return (window.location[c] + window.scale[c] * z) / scales[c];
    };
    return { input: forecastCall(model, window, generated), truth, inUnit };
  });
  const engine = await onnxEngine.create(model);
  const context = { engine, model, samples, suffixRows: horizon, past: pastWindows(data, model), rng: createRng(4) };
  try {
    return await scoreJoint(cases, thresholds(data, active, scales), context, pathMethods(quick));
  } finally {
    await engine.dispose();
  }
}

function forecastCall(model: Model, window: Window, generated: Uint8Array): CallInput {
  const { active, horizon, stepMs } = model.basis;
  const { length, channels } = model.shape;
  const width = window.location.length;
  const z = new Float32Array(length * channels).fill(Number.NaN);
  for (let t = horizon; t < length; t++)
    for (const [d, c] of active.entries())
      z[(t - horizon) * channels + d] = (window.values[t * width + c] - window.location[c]) / window.scale[c];
  return { z, generated, task: 'forecast', startMs: window.endMs - (length - 1 - horizon) * stepMs };
}

/** Windows spread evenly over the rows that were trained on, by the training statistics. */
function pastWindows(data: ForecastData, model: Model): PastWindow[] {
  const { basis, shape } = model;
  const width = data.channels.length;
  const rows = Math.round(data.fitRows * (1 - data.validationFraction));
  return Array.from({ length: samples }, (_, k) => {
    const row = Math.floor((k * (rows - shape.length)) / samples);
    const startMs = data.startMs + row * data.stepMs;
    const values = data.values.subarray(row * width, (row + shape.length) * width);
    const grid = { series: 'all', startMs, rows: shape.length, values };
    return { z: normalise(grid, basis.priors, basis.active, basis.transforms), startMs };
  });
}

/** [active channel] */
function thresholds(data: ForecastData, active: readonly number[], scales: readonly number[]): number[] {
  const width = data.channels.length;
  return active.map((c) => {
    const known: number[] = [];
    for (let i = c; i < data.fitRows * width; i += width) if (!Number.isNaN(data.values[i])) known.push(data.values[i]);
    known.sort((a, b) => a - b);
    return known[Math.floor((1 - aboveThreshold) * (known.length - 1))] / scales[c];
  });
}
