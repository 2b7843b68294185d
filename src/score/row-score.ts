/** Keeps channels that are reconstructed almost exactly from dominating the mean over channels. */
const MEAN_FLOOR = 0.3;
/** Attribution wants the channel that is most out of its own ordinary, hence the smaller floor. */
const SHARE_FLOOR = 0.05;
/** A residual beyond this says no more; without a bound one broken cell would stay in the smoothed score for days. */
const RATIO_MAX = 1e6;

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

export interface Share {
  readonly channel: number;
  /** Of the row's sum of R^2 / (c_c + .05), in [0, 1]. */
  readonly share: number;
}

/** The `count` channels that contribute most to the row, largest first (ties: lower index first); none if all residuals are 0. */
export function largestShares(squared: Float64Array, row: number, meanSquared: Float64Array, count: number): Share[] {
  const width = meanSquared.length;
  const parts: Share[] = [];
  let sum = 0;
  for (let channel = 0; channel < width; channel++) {
    const part = ratio(squared[row * width + channel], meanSquared[channel], SHARE_FLOOR);
    if (!(part > 0)) continue;
    sum += part;
    parts.push({ channel, share: part });
  }
  parts.sort((a, b) => b.share - a.share || a.channel - b.channel);
  return parts.slice(0, count).map(({ channel, share }) => ({ channel, share: share / sum }));
}
