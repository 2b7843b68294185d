import { DriftcastError } from '../core/errors.ts';

/**
 * The adaptive normaliser: per channel an exponentially forgetting mean and variance that start from training statistics
 * and follow the feed, so that a slow drift is not an anomaly. With x an observed cell and w the weight,
 *
 *     z = (x - m) / max(sqrt(q - m^2), .02 running max|x|),
 *     w <- w 2^(-1/5000) + 1,   m += (x - m) / w,   q += (x^2 - q) / w.
 *
 * Kept here is v = q - m^2 in place of q: with a = 1/w the same recursion is v <- (1 - a)(v + a (x - m)^2), which does not
 * cancel when a channel's offset is large against its spread.
 */
export interface ChannelPrior {
  readonly mean: number;
  readonly variance: number;
  /** Largest |x| seen. */
  readonly absMax: number;
  /** Number of observations behind the statistics. 0: nothing is known, the first cell decides. */
  readonly weight: number;
}

/** Plain, JSON-able copy of a normaliser; all [channel]. */
export interface NormalizerState {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly absMax: readonly number[];
  readonly weight: readonly number[];
}

/** All [channel]. */
export interface Normalizer {
  /** The four in one, to be copied in one go. */
  readonly all: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly absMax: Float64Array;
  readonly weight: Float64Array;
}

const DECAY = 2 ** (-1 / 5000);
const RELATIVE_FLOOR = 0.02;
/** Scale of a channel that has been exactly zero so far: the first other value stands out, and nothing divides by zero. */
const SCALE_MIN = 1e-9;
/** Deviations beyond this would overflow when squared. */
const DEVIATION_MAX = 1e150;

export function createNormalizer(prior: readonly ChannelPrior[]): Normalizer {
  const normalizer = normalizerOf(new Float64Array(4 * prior.length));
  prior.forEach(({ mean, variance, absMax, weight }, channel) => {
    normalizer.mean[channel] = mean;
    normalizer.variance[channel] = Math.max(0, variance);
    normalizer.absMax[channel] = Math.abs(absMax);
    normalizer.weight[channel] = Math.max(0, weight);
  });
  return normalizer;
}

/** The normaliser whose numbers these are: one's `all`, or a copy of it. */
export function normalizerOf(all: Float64Array): Normalizer {
  const channels = all.length / 4;
  const part = (index: number) => all.subarray(index * channels, (index + 1) * channels);
  return { all, mean: part(0), variance: part(1), absMax: part(2), weight: part(3) };
}

/** Takes one observed (finite) cell of a row, [channel], into the statistics. */
export function advanceCell(normalizer: Normalizer, channel: number, cells: ArrayLike<number>): void {
  const x = cells[channel] as number;
  const weight = normalizer.weight[channel] * DECAY + 1;
  const mean = normalizer.mean[channel];
  const deviation = Math.min(DEVIATION_MAX, Math.max(-DEVIATION_MAX, x - mean));
  const share = 1 / weight;
  normalizer.weight[channel] = weight;
  normalizer.mean[channel] = mean + share * deviation;
  normalizer.variance[channel] = (1 - share) * (normalizer.variance[channel] + share * deviation * deviation);
  const magnitude = Math.abs(x);
  if (magnitude > normalizer.absMax[channel]) normalizer.absMax[channel] = magnitude;
}

/** max(standard deviation, .02 running max|x|); always positive and finite. */
export function scaleOf(normalizer: Normalizer, channel: number): number {
  const spread = Math.sqrt(normalizer.variance[channel]);
  return Math.max(spread, RELATIVE_FLOOR * normalizer.absMax[channel], SCALE_MIN);
}

/** [channel]; written to `scales`, which is given back. */
export function scalesOf(
  normalizer: Normalizer,
  scales: Float64Array = new Float64Array(normalizer.mean.length),
): Float64Array {
  for (let channel = 0; channel < scales.length; channel++) scales[channel] = scaleOf(normalizer, channel);
  return scales;
}

export const exportNormalizer = ({ mean, variance, absMax, weight }: Normalizer): NormalizerState => ({
  mean: [...mean],
  variance: [...variance],
  absMax: [...absMax],
  weight: [...weight],
});

/** @throws DriftcastError STATE_INVALID when the state is not one of `channels` channels */
export function importNormalizer(state: NormalizerState, channels: number): Normalizer {
  const normalizer = normalizerOf(new Float64Array(4 * channels));
  const take = (name: keyof NormalizerState, min: number): void => {
    const numbers: unknown = state[name];
    const valid =
      Array.isArray(numbers) && numbers.length === channels && numbers.every((x) => Number.isFinite(x) && x >= min);
    if (!valid)
      throw new DriftcastError('STATE_INVALID', `restoring a normaliser: "${name}" is not ${channels} usable numbers`, {
        hint: 'The snapshot belongs to other channels or is damaged: remove the state file to start from the model alone.',
      });
    normalizer[name].set(numbers as number[]);
  };
  take('mean', -Number.MAX_VALUE);
  take('variance', 0);
  take('absMax', 0);
  take('weight', 0);
  return normalizer;
}
