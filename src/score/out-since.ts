/** Blame from which on a channel counts as out of its ordinary: ordinary rows have one around 1. */
const outMin = 3;
/** Rows within its ordinary that do not yet end it: noise brings one back for a moment. */
const calmRowsMax = 2;

/** Since when channels are out of their ordinary, [channel]. */
export interface OutSince {
  /** NaN: it is not. */
  readonly sinceMs: Float64Array;
  /** Rows in a row that were not. */
  readonly calmRows: Float64Array;
}

export const nothingOut = (channels: number): OutSince => ({
  sinceMs: new Float64Array(channels).fill(Number.NaN),
  calmRows: new Float64Array(channels),
});

/** Takes a row in; `blame` is [channel], NaN where nothing is known, which changes nothing. */
export function advanceOut({ sinceMs, calmRows }: OutSince, blame: Float64Array, timeMs: number): void {
  blame.forEach((own, channel) => {
    if (Number.isNaN(own)) return;
    if (own >= outMin) {
      if (Number.isNaN(sinceMs[channel])) sinceMs[channel] = timeMs;
      calmRows[channel] = 0;
    } else if (!Number.isNaN(sinceMs[channel]) && ++calmRows[channel] > calmRowsMax) sinceMs[channel] = Number.NaN;
  });
}
