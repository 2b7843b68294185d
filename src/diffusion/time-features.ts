const hourMs = 3_600_000;
const candidatesMs = [hourMs, 12 * hourMs, 24 * hourMs, 168 * hourMs];

/** Calendar periods that the data can teach: at least three of them seen, at least eight rows each. */
export const choosePeriods = (stepMs: number, rows: number): number[] =>
  candidatesMs.filter((period) => rows * stepMs >= 3 * period && period >= 8 * stepMs);

export const timeFeatureCount = (periodsMs: readonly number[]): number => Math.max(1, 2 * periodsMs.length);

/** [sin, cos] of every period at one time; a single 0 where there is no period. */
export function writeTimeFeatures(
  timeMs: number,
  periodsMs: readonly number[],
  out: Float32Array,
  offset: number,
): void {
  if (periodsMs.length === 0) out[offset] = 0;
  periodsMs.forEach((period, i) => {
    const angle = (2 * Math.PI * (timeMs % period)) / period;
    out[offset + 2 * i] = Math.sin(angle);
    out[offset + 2 * i + 1] = Math.cos(angle);
  });
}
