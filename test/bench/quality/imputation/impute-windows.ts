import { unbend } from '../../../../src/core/transform.ts';
import { CallBatch, type CallInput, tokenIndex, writeCall } from '../../../../src/diffusion/call.ts';
import { logit } from '../../../../src/diffusion/logistic.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { normalise, scaleOf } from '../../../../src/diffusion/normal.ts';
import type { Engine } from '../../../../src/infer/engines/engine.ts';
import { cpuSeconds } from '../cpu-time.ts';
import type { ImputationProtocol, ImputationWindow } from './protocol.ts';
import { gridOf } from './train-imputer.ts';

/** A logistic law a cell, [time, channel] each, in z units of the model. */
export interface WindowLaw {
  readonly location: Float32Array;
  readonly scale: Float32Array;
}

const batchWindows = 16;

export interface Imputed {
  readonly laws: readonly WindowLaw[];
  /** CPU milliseconds a window: base and network. */
  readonly msWindow: number;
}

/** One null call a window, as `infer/plan` makes it. */
export async function imputeWindows(
  engine: Engine,
  model: Model,
  protocol: ImputationProtocol,
  windows: readonly ImputationWindow[],
): Promise<Imputed> {
  const laws: WindowLaw[] = [];
  const inputs = windows.map((window) => callOf(model, protocol, window));
  const from = process.cpuUsage();
  for (let first = 0; first < inputs.length; first += batchWindows)
    laws.push(...(await lawsOf(engine, model, inputs.slice(first, first + batchWindows))));
  return { laws, msWindow: (1000 * cpuSeconds(from)) / windows.length };
}

/** What the model is asked: every cell that is not there. */
export function callOf(model: Model, protocol: ImputationProtocol, { shown, startMs }: ImputationWindow): CallInput {
  const z = normalisedWindow(model, protocol, shown, startMs);
  return { z, generated: Uint8Array.from(z, (value) => (Number.isNaN(value) ? 1 : 0)), task: 'impute', startMs };
}

/** [time, channel], z units; NaN where missing. */
export const normalisedWindow = (
  { basis }: Model,
  protocol: ImputationProtocol,
  values: Float64Array,
  startMs: number,
): Float32Array => normalise(gridOf(protocol, values, startMs), basis.priors, basis.active, basis.transforms);

/** Laws of some calls, [time, channel], from one run of the engine. */
export async function lawsOf(
  engine: Engine,
  model: Model,
  inputs: readonly CallInput[],
  options: { readonly suffixRows: number } = { suffixRows: 0 },
): Promise<WindowLaw[]> {
  const { shape, basis } = model;
  const cells = shape.length * shape.channels;
  const batch = new CallBatch(shape, inputs.length);
  inputs.forEach((input, i) => {
    writeCall(batch, i, basis, input, options);
  });
  const law = await engine.marginals(batch);
  return inputs.map(({ task }, i) => {
    const out = { location: new Float32Array(cells), scale: new Float32Array(cells) };
    for (let cell = 0; cell < cells; cell++) {
      const d = cell % shape.channels;
      const at = i * cells + tokenIndex(shape, Math.floor(cell / shape.channels), d);
      const unit = basis.residualScale[task][d] * batch.spread[i * cells + cell];
      out.location[cell] = batch.base[i * cells + cell] + unit * law.location[at];
      out.scale[cell] = unit * law.scale[at];
    }
    return out;
  });
}

/** A value in z units of channel `c`, in the unit of the metric. */
export function inUnit(model: Model, protocol: ImputationProtocol, c: number, z: number): number {
  const prior = model.basis.priors[c];
  return protocol.judgedAs(c, Math.max(protocol.min, unbend(protocol.transforms[c], prior.mean + scaleOf(prior) * z)));
}

/** Quantiles of a cell in the unit of the metric, written to `out`. */
export function quantilesOf(
  model: Model,
  protocol: ImputationProtocol,
  law: WindowLaw,
  cell: number,
  levels: readonly number[],
  out: Float64Array,
): Float64Array {
  levels.forEach((level, q) => {
    out[q] = inUnit(model, protocol, cell % protocol.channels, law.location[cell] + law.scale[cell] * logit(level));
  });
  return out;
}
