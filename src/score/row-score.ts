import type { Residual } from '../core/inference.ts';

/** Keeps channels that are reconstructed almost exactly from dominating the mean over channels. */
const MEAN_FLOOR = 0.3;
/** Attribution wants the channel that is most out of its own ordinary, hence the smaller floor. */
const SHARE_FLOOR = 0.05;
/** A residual beyond this says no more; without a bound one broken cell would stay in the smoothed score for days. */
const RATIO_MAX = 1e6;
/** In attribution a way of looking that sees nothing at all takes no more off a channel than this. */
const PART_MIN = 1e-3;

/** A residual in units of its channel's ordinary one; NaN where the channel was not scored. */
const ratio = (squared: number, meanSquared: number, floor: number): number =>
  Math.min(RATIO_MAX, squared / (Math.max(0, meanSquared) + floor));

/**
 * Mean over the scored channels of Q_c = R^2 / (c_c + .3); NaN when no channel of the row is scored.
 * `squared` is [newRow, channel] with NaN where missing or not scored, `meanSquared` [channel].
 */
export function rowScore(squared: Float64Array, row: number, meanSquared: Float64Array): number {
  const width = meanSquared.length;
  let sum = 0;
  let scored = 0;
  for (let channel = 0; channel < width; channel++) {
    const q = ratio(squared[row * width + channel], meanSquared[channel], MEAN_FLOOR);
    if (Number.isNaN(q)) continue;
    sum += q;
    scored++;
  }
  return scored === 0 ? Number.NaN : sum / scored;
}

/**
 * How much each channel has to do with a row, [channel]: the geometric mean over the ways of looking of its square in units of the
 * ordinary one. A channel that is off in all of them is to blame before one that is far off in a single one. NaN where not scored.
 */
export function blameOf({ squared, bias, level }: Residual, row: number, meanSquared: Float64Array): Float64Array {
  const width = meanSquared.length;
  return Float64Array.from(meanSquared, (mean, channel) => {
    const at = row * width + channel;
    const parts = [
      ratio(squared[at], mean, SHARE_FLOOR),
      ...[bias, level].flatMap((signed) => (signed === undefined ? [] : [ratio(signed[at] ** 2, 1, SHARE_FLOOR)])),
    ].filter((part) => !Number.isNaN(part));
    if (Number.isNaN(squared[at])) return Number.NaN;
    if (parts.every((part) => part === 0)) return 0;
    return Math.exp(parts.reduce((sum, part) => sum + Math.log(Math.max(PART_MIN, part)), 0) / parts.length);
  });
}

export interface Share {
  readonly channel: number;
  /** Of the blame of all channels, in [0, 1]. */
  readonly share: number;
}

/** The `count` channels with the most blame, largest first (ties: lower index first); none if there is no blame. */
export function largestShares(blame: Float64Array, count: number): Share[] {
  const parts = [...blame].map((share, channel) => ({ channel, share })).filter(({ share }) => share > 0);
  const sum = parts.reduce((total, { share }) => total + share, 0);
  parts.sort((a, b) => b.share - a.share || a.channel - b.channel);
  return parts.slice(0, count).map(({ channel, share }) => ({ channel, share: share / sum }));
}
