/**
 * HitRate@P% of OmniAnomaly (Su et al., KDD 2019), used per event as InterFusion does: of the truly affected channels, the
 * share found among the floor(P% of their number) channels with the largest contributions. P = 100 asks for exactly as
 * many as there are, 150 for half as many again. NaN without affected channels. Equal contributions keep channel order.
 *
 * @param contributions [channel], higher is more to blame; NaN never is
 */
export function hitRate(contributions: ArrayLike<number>, affected: readonly number[], percent: number): number {
  const truth = new Set(affected);
  const picks = Math.floor((percent * truth.size) / 100);
  const ranked = Array.from({ length: contributions.length }, (_, channel) => channel)
    .filter((channel) => !Number.isNaN(contributions[channel]))
    .sort((a, b) => contributions[b] - contributions[a]);
  return ranked.slice(0, picks).filter((channel) => truth.has(channel)).length / truth.size;
}

/** Mean HitRate@P% over events that have affected channels; NaN when none has. */
export function meanHitRate(
  events: readonly { readonly contributions: ArrayLike<number>; readonly affected: readonly number[] }[],
  percent: number,
): number {
  const told = events.filter(({ affected }) => affected.length > 0);
  return told.reduce((sum, event) => sum + hitRate(event.contributions, event.affected, percent), 0) / told.length;
}
