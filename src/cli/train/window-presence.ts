import type { GridSeries } from '../../diffusion/normal.ts';

export interface WindowPresence {
  /** Of the channels that have values at all, the share that a window has any value of; mean over windows with any value. */
  readonly together: number;
  /** The channel whose windows have the fewest others on average; -1 without any. */
  readonly alone: number;
}

/** Which channels are there at the same time, window by window side by side. */
export function windowPresence(series: readonly GridSeries[], channels: number, length: number): WindowPresence {
  const windowsOf = new Float64Array(channels);
  const othersOf = new Float64Array(channels);
  let windows = 0;
  let seen = 0;
  for (const { values, rows } of series) {
    for (let from = 0; from < rows; from += length) {
      const present = presentIn(values.subarray(from * channels, (from + length) * channels), channels);
      if (present.length === 0) continue;
      windows++;
      seen += present.length;
      for (const c of present) {
        windowsOf[c] = (windowsOf[c] as number) + 1;
        othersOf[c] = (othersOf[c] as number) + present.length - 1;
      }
    }
  }
  const known = [...windowsOf.keys()].filter((c) => (windowsOf[c] as number) > 0);
  const company = (c: number) => (othersOf[c] as number) / (windowsOf[c] as number);
  const alone = known.reduce((least, c) => (least < 0 || company(c) < company(least) ? c : least), -1);
  return { together: windows === 0 ? 0 : seen / windows / known.length, alone };
}

function presentIn(cells: Float64Array, channels: number): number[] {
  const present = new Uint8Array(channels);
  for (let i = 0; i < cells.length; i++) if (!Number.isNaN(cells[i] as number)) present[i % channels] = 1;
  return [...present.keys()].filter((c) => present[c] === 1);
}
