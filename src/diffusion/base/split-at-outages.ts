interface Stretch {
  /** [rows, channel], NaN where missing. */
  readonly z: Float32Array;
  readonly rows: number;
  readonly startMs: number;
}

/**
 * The parts of each stretch between outages, which are runs of at least `rowsMin` rows without any value; they begin and end with a
 * row that has one. What lies an outage apart is never seen together, and to smooth across it costs time and teaches nothing.
 */
export function splitAtOutages(
  stretches: readonly Stretch[],
  channels: number,
  stepMs: number,
  rowsMin: number,
): Stretch[] {
  return stretches.flatMap((stretch) =>
    partsOf(stretch, channels, rowsMin).map(({ from, to }) => ({
      z: stretch.z.subarray(from * channels, to * channels),
      rows: to - from,
      startMs: stretch.startMs + from * stepMs,
    })),
  );
}

function partsOf({ z, rows }: Stretch, channels: number, rowsMin: number): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = [];
  for (let t = 0; t < rows; t++) {
    const row = z.subarray(t * channels, (t + 1) * channels);
    if (row.every((value) => Number.isNaN(value))) continue;
    const last = parts.at(-1);
    if (last !== undefined && t - last.to < rowsMin) last.to = t + 1;
    else parts.push({ from: t, to: t + 1 });
  }
  return parts;
}
