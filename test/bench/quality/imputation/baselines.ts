import { createRng } from '../../../../src/core/rng.ts';
import { interpolate } from '../../../../src/diffusion/base/interpolate.ts';
import { iterateVar, varLagMax } from '../../../../src/diffusion/base/ridge-var.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { type WindowPlace, windowAt } from '../../../../src/diffusion/training-set.ts';
import { fitResidualQuantiles } from '../../../../src/eval/baselines/residual-quantiles.ts';
import { crpsLevels } from '../../../../src/eval/crps.ts';
import { zeroHeadEngine } from '../../../../src/infer/engines/zero-head.ts';
import { lawsOf } from './impute-windows.ts';
import type { ImputationProtocol } from './protocol.ts';

/** What fills a window, [length, channel], z units; `scale` where the method says how sure it is of a cell. */
export interface Filled {
  readonly point: Float32Array;
  readonly scale?: Float32Array;
}

/** Takes [length, channel] in z units, NaN where missing. */
export type Filler = (z: Float32Array, startMs: number) => Filled | Promise<Filled>;

/** A point method with the quantiles of its errors on training windows, a channel. */
export interface PointImputer {
  readonly name: string;
  readonly fill: Filler;
  /** [channel, level], z units; in units of `scale` where the method has one. */
  readonly residuals: Float64Array;
}

/** Training windows that the errors are taken from. */
const residualWindows = 240;

/**
 * The references of an imputation row, each a point method with a bootstrap of its residuals: gaps of the kind that the test has are
 * laid over training windows, and the quantiles of the errors there are put around the point.
 */
export async function pointImputers(
  model: Model,
  protocol: ImputationProtocol,
  places: readonly WindowPlace[],
  quick: boolean,
): Promise<PointImputer[]> {
  const fillers: Record<string, Filler> = {
    mean: (z) => ({ point: new Float32Array(z.length) }),
    last_observed: (z) => ({ point: lastObserved(z, protocol.channels) }),
    linear_interpolation: (z) => ({ point: interpolated(z, protocol.length, protocol.channels) }),
    ...(protocol.seasonSteps > 0 ? { seasonal_naive: (z: Float32Array) => ({ point: seasonal(z, protocol) }) } : {}),
    ridge_var: (z) => ({ point: autoregressed(z, model, protocol) }),
    base_bootstrap: (z, startMs) => based(z, startMs, model),
  };
  const out: PointImputer[] = [];
  for (const [name, fill] of Object.entries(fillers)) {
    const residuals = await residualQuantiles(fill, protocol, places, quick ? 8 : residualWindows);
    out.push({ name, fill, residuals });
  }
  return out;
}

async function residualQuantiles(
  fill: Filler,
  protocol: ImputationProtocol,
  places: readonly WindowPlace[],
  count: number,
): Promise<Float64Array> {
  const { length, channels, stepMs } = protocol;
  const rng = createRng(31);
  const examples: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const place = places[Math.floor((k * places.length) / count)];
    const truth = windowAt(place, length, channels);
    const hidden = protocol.gaps(rng, length, channels);
    const { point, scale } = await fill(
      truth.map((value, i) => (hidden[i] === 1 ? Number.NaN : value)),
      place.segment.startMs + place.row * stepMs,
    );
    for (let t = 0; t < length; t++) {
      const row = Float64Array.from({ length: channels }, (_, c) => {
        const i = t * channels + c;
        return hidden[i] === 1 ? (truth[i] - point[i]) / (scale?.[i] ?? 1) : Number.NaN;
      });
      if (!row.every(Number.isNaN)) examples.push(row);
    }
  }
  const flat = new Float64Array(examples.length * channels);
  examples.forEach((row, k) => flat.set(row, k * channels));
  return fitResidualQuantiles(flat, crpsLevels, { horizon: 1, channels }).values.map((v) => (Number.isNaN(v) ? 0 : v));
}

const knownOf = (z: Float32Array): Uint8Array => Uint8Array.from(z, (value) => (Number.isNaN(value) ? 0 : 1));

/** z is 0 at the training mean: what a channel without any value of the window is filled with. */
const orMean = (filled: Float32Array): Float32Array => filled.map((value) => (Number.isNaN(value) ? 0 : value));

function interpolated(z: Float32Array, length: number, channels: number): Float32Array {
  const out = new Float32Array(z.length);
  interpolate(z, knownOf(z), length, channels, out);
  return out;
}

function lastObserved(z: Float32Array, channels: number): Float32Array {
  const out = z.slice();
  for (let i = channels; i < out.length; i++) if (Number.isNaN(out[i])) out[i] = out[i - channels];
  for (let i = out.length - channels - 1; i >= 0; i--) if (Number.isNaN(out[i])) out[i] = out[i + channels];
  return orMean(out);
}

/** The value a season before, else a season after, else the line between the neighbours. */
function seasonal(z: Float32Array, { length, channels, seasonSteps }: ImputationProtocol): Float32Array {
  const out = interpolated(z, length, channels);
  for (let i = 0; i < z.length; i++) {
    if (!Number.isNaN(z[i])) continue;
    const before = z[i - seasonSteps * channels] ?? Number.NaN;
    const after = z[i + seasonSteps * channels] ?? Number.NaN;
    if (!Number.isNaN(before)) out[i] = before;
    else if (!Number.isNaN(after)) out[i] = after;
  }
  return out;
}

/** Forwards only: every gap from the rows before it; the first rows as interpolation has them. */
function autoregressed(z: Float32Array, model: Model, { length, channels }: ImputationProtocol): Float32Array {
  const out = interpolated(z, length, channels);
  iterateVar(model.basis.autoregression, out, knownOf(z), varLagMax, length);
  return out;
}

/** The base that the network corrects, with its own spread. */
async function based(z: Float32Array, startMs: number, model: Model): Promise<Filled> {
  const generated = Uint8Array.from(z, (value) => (Number.isNaN(value) ? 1 : 0));
  const [law] = await lawsOf(zeroHeadEngine(model.shape), model, [{ z, generated, task: 'impute', startMs }]);
  return { point: law.location, scale: law.scale };
}
