import { createRng } from '../../../../src/core/rng.ts';
import { interpolate } from '../../../../src/diffusion/base/interpolate.ts';
import { iterateVar, varLagMax } from '../../../../src/diffusion/base/ridge-var.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { type WindowPlace, windowAt } from '../../../../src/diffusion/training-set.ts';
import {
  type GapDistance,
  gapClasses,
  gapClassOf,
  gapErrorQuantiles,
  rowsSince,
  rowsToNearest,
} from '../../../../src/eval/baselines/gap-residuals.ts';
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

/** A point method that becomes a distribution by the quantiles of its errors on training windows. */
export interface PointImputer {
  readonly name: string;
  readonly fill: Filler;
  /** What errors grow with: rows to what is known. */
  readonly distance: GapDistance;
  /** [channel, class of distance, level], z units; in units of `scale` where the method has one. */
  readonly residuals: Float64Array;
}

/** Training windows that the errors are taken from. */
const residualWindows = 240;

/**
 * The references of an imputation row, each a point method with a bootstrap of its residuals: gaps of the kind that the test has are
 * laid over training windows, and the quantiles of the errors there, by channel and distance to what is known, are put around the point.
 */
export async function pointImputers(
  model: Model,
  protocol: ImputationProtocol,
  places: readonly WindowPlace[],
  quick: boolean,
): Promise<PointImputer[]> {
  const both = (fill: Filler) => ({ fill, distance: rowsToNearest });
  const past = (fill: Filler) => ({ fill, distance: rowsSince });
  const methods: Record<string, Pick<PointImputer, 'fill' | 'distance'>> = {
    mean: both((z) => ({ point: new Float32Array(z.length) })),
    last_observed: past((z) => ({ point: lastObserved(z, protocol.channels) })),
    linear_interpolation: both((z) => ({ point: interpolated(z, protocol.length, protocol.channels) })),
    ...(protocol.seasonSteps > 0 ? { seasonal_naive: both((z) => ({ point: seasonal(z, protocol) })) } : {}),
    ridge_var: past((z) => ({ point: autoregressed(z, model, protocol) })),
    base_bootstrap: both((z, startMs) => based(z, startMs, model)),
  };
  const out: PointImputer[] = [];
  for (const [name, method] of Object.entries(methods)) {
    const residuals = await residualQuantiles(method, protocol, places, quick ? 8 : residualWindows);
    out.push({ name, ...method, residuals });
  }
  return out;
}

async function residualQuantiles(
  { fill, distance }: Pick<PointImputer, 'fill' | 'distance'>,
  protocol: ImputationProtocol,
  places: readonly WindowPlace[],
  count: number,
): Promise<Float64Array> {
  const { length, channels, stepMs } = protocol;
  const rng = createRng(31);
  const errors = Array.from({ length: channels }, () => Array.from({ length: gapClasses }, (): number[] => []));
  for (let k = 0; k < count; k++) {
    const place = places[Math.floor((k * places.length) / count)];
    const truth = windowAt(place, length, channels);
    const hidden = protocol.gaps(rng, length, channels);
    const shown = truth.map((value, i) => (hidden[i] === 1 ? Number.NaN : value));
    const { point, scale } = await fill(shown, place.segment.startMs + place.row * stepMs);
    const rows = distance(Float64Array.from(shown), channels);
    truth.forEach((value, i) => {
      if (hidden[i] === 0 || Number.isNaN(value)) return;
      errors[i % channels][gapClassOf(rows[i])].push((value - point[i]) / (scale?.[i] ?? 1));
    });
  }
  const size = gapClasses * crpsLevels.length;
  const out = new Float64Array(channels * size);
  errors.forEach((own, c) => {
    out.set(gapErrorQuantiles(own, crpsLevels), c * size);
  });
  return out;
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
