import type { Forecast, ForecastLaw } from '../core/inference.ts';
import { bend, unbend } from '../core/transform.ts';
import { clip, halfWidth90, logit } from './clipped-logistic.ts';
import type { DampedTrend } from './damped-trend.ts';
import { held, lowOfCell, numbersOfCell, type PendingForecast } from './pending-forecast.ts';
import { type ForecastShape, type ForecastUnit, members } from './shape.ts';
import type { TrackRecord } from './track-record.ts';

/** A forecast with the laws that its members have. */
export type ForecastOfLaws = Forecast & { readonly laws: NonNullable<Forecast['laws']> };

/** What is known of a series when a forecast is made. */
export interface Known {
  readonly shape: ForecastShape;
  readonly trend: DampedTrend;
  readonly record: TrackRecord;
  /** Stamp of the newest row. */
  readonly endMs: number;
}

export interface Proposal {
  readonly served: Forecast;
  /** What is to be remembered until the rows have come. */
  readonly pending: PendingForecast;
}

const count = members.length;
/** Scale of a logistic law over its mean absolute deviation. */
const scaleOfMeanAbsolute = 1 / (2 * Math.LN2);

/**
 * The members, each with its spread rescaled around its median, mixed by averaging their quantiles. Monotone in the level because
 * every member is, and the weights are positive.
 * @param levels of the quantiles, ascending
 */
export function propose(forecast: ForecastOfLaws, levels: readonly number[], known: Known): Proposal {
  const { channels, horizon } = known.shape;
  const { network, ridge } = forecast.laws;
  const laws = [network, ridge, smoothingLaw(known, network)];
  const factors = known.record.factors();
  const quantiles = new Float64Array(forecast.quantiles.length);
  const cells = new Float32Array(horizon * channels * numbersOfCell);
  const reference = Float64Array.from({ length: channels }, (_, c) => held(firstOf(network.location, c, channels)));
  const logits = levels.map(logit);
  for (let c = 0; c < channels; c++) {
    const weights = known.record.weights(c);
    for (let h = 0; h < horizon; h++) {
      const i = h * channels + c;
      const cell = laws.map(
        ({ location, scale }, k): MemberCell => ({
          location: location[i],
          scale: scale[i],
          factor: factors[(k * channels + c) * horizon + h],
          weight: weights[h * count + k],
        }),
      );
      writePending(cells, i * numbersOfCell, cell, reference[c]);
      const from = i * levels.length;
      const own = forecast.quantiles.subarray(from, from + levels.length);
      writeQuantiles(quantiles, from, cell, own, logits, known.shape.units[c]);
    }
  }
  return { served: { horizon, quantiles }, pending: { endMs: known.endMs, reference, firstRow: 0, cells } };
}

/** The first row that is forecast of a channel: rows whose plan is known have NaN. */
function firstOf(locations: Float64Array, channel: number, channels: number): number {
  for (let i = channel; i < locations.length; i += channels) if (!Number.isNaN(locations[i])) return locations[i];
  return 0;
}

/** One member at one cell. */
interface MemberCell {
  readonly location: number;
  readonly scale: number;
  readonly factor: number;
  readonly weight: number;
}

function writeQuantiles(
  out: Float64Array,
  from: number,
  cell: readonly MemberCell[],
  own: Float64Array,
  logits: readonly number[],
  unit: ForecastUnit,
): void {
  const [network, ...others] = cell;
  const middle = bend(unit.transform, clip(unbend(unit.transform, network.location), unit));
  for (let q = 0; q < logits.length; q++) {
    // the network's quantiles as they are: of sampled paths they are no logistic law
    let value = network.weight * (middle + network.factor * (bend(unit.transform, own[q]) - middle));
    for (const { location, scale, factor, weight } of others) value += weight * (location + factor * scale * logits[q]);
    out[from + q] = clip(unbend(unit.transform, value), unit);
  }
  // what is planned is not forecast; and at the end of the numbers nothing is left to mix
  if (out.subarray(from, from + own.length).some(Number.isNaN)) out.set(own, from);
}

function writePending(cells: Float32Array, at: number, cell: readonly MemberCell[], reference: number): void {
  let centre = 0;
  let half = 0;
  cell.forEach(({ location, scale, factor, weight }, k) => {
    cells[at + 2 * k] = held(location - reference);
    cells[at + 2 * k + 1] = held(scale);
    centre += weight * (location - reference);
    half += weight * factor * scale * halfWidth90;
  });
  cells[at + lowOfCell] = held(centre - half);
  cells[at + lowOfCell + 1] = held(centre + half);
}

/** What the smoothing says; of a channel that was never seen, what the network says. */
function smoothingLaw({ shape, trend, record }: Known, network: ForecastLaw): ForecastLaw {
  const { channels, horizon } = shape;
  const law = { location: network.location.slice(), scale: network.scale.slice() };
  const ahead = new Float64Array(horizon);
  for (let c = 0; c < channels; c++) {
    const error = trend.ahead(c, ahead);
    if (error === null) continue;
    for (let h = 0; h < horizon; h++) {
      law.location[h * channels + c] = ahead[h];
      // before anything was resolved: the error of one step, growing as that of a random walk
      const meanAbsolute = record.smoothingError(c, h) ?? error * Math.sqrt(h + 1);
      law.scale[h * channels + c] = scaleOfMeanAbsolute * meanAbsolute;
    }
  }
  return law;
}
