import type { Channel } from '../../../src/core/channel.ts';
import type { DriftAction, DriftFinding } from '../../../src/core/drift.ts';
import { createRng } from '../../../src/core/rng.ts';
import { DriftWatch } from '../../../src/window/drift/drift-watch.ts';
import { advanceCell, createNormalizer, type Normalizer } from '../../../src/window/normalizer.ts';
import { channel } from '../feed.ts';

export const stepMs = 600_000;
export const dayRows = 144;
export const referenceDays = 7;

/** A change of channel 0 that begins with a row. */
export type Change = 'none' | 'level_shift' | 'trend' | 'season_change' | 'sensor_replaced' | 'sensor_frozen' | 'fault';

export const channels: readonly Channel[] = [channel('a'), channel('b'), channel('c')];

/**
 * Rows of three channels, [row, channel]: each with a day of its own size, weather that wanders over days, and noise that remembers
 * a little; a twentieth of the cells is missing. From `fromRow` on channel 0 is changed.
 */
export function simulateDays(seed: number, change: Change, days: number, fromRow: number): Float64Array {
  const rng = createRng(seed);
  const width = channels.length;
  const values = new Float64Array(days * dayRows * width);
  const sizes = channels.map(() => 0.5 + rng.uniform());
  const weather = channels.map(() => 0);
  const noise = channels.map(() => 0);
  let frozen = Number.NaN;
  for (let row = 0; row < days * dayRows; row++) {
    const phase = (2 * Math.PI * row) / dayRows;
    for (let c = 0; c < width; c++) {
      weather[c] = 0.999 * weather[c] + 0.012 * rng.normal();
      noise[c] = 0.5 * noise[c] + 0.35 * rng.normal();
      const on = c === 0 && row >= fromRow;
      const swing = sizes[c] * Math.sin(on && change === 'season_change' ? phase + 2 : phase);
      const plain = 10 + swing + weather[c] + noise[c] * (on && change === 'sensor_replaced' ? 2.5 : 1);
      let value = plain;
      if (on && change === 'level_shift') value = plain + 3;
      if (on && change === 'trend') value = plain + (0.35 * (row - fromRow)) / dayRows;
      // an hour or a few: what the score is for
      if (on && change === 'fault' && row < fromRow + dayRows / 4) value = plain + 8;
      if (on && change === 'sensor_frozen') {
        if (Number.isNaN(frozen)) frozen = plain;
        value = frozen;
      }
      values[row * width + c] = rng.uniform() < 0.05 ? Number.NaN : value;
    }
  }
  return values;
}

/** What is first found of each channel and kind, with the row at which it was, and what became of it. */
export interface Told {
  readonly finding: DriftFinding;
  readonly row: number;
  readonly endRow: number | null;
}

export function watchDays(
  values: Float64Array,
  action: Exclude<DriftAction, 'off'>,
): { readonly told: readonly Told[]; readonly watch: DriftWatch; readonly normalizer: Normalizer } {
  const watch = new DriftWatch({ stepMs, blockMs: dayRows * stepMs, referenceBlocks: referenceDays, action, channels });
  const normalizer = createNormalizer(channels.map(() => ({ mean: 10, variance: 1, absMax: 14, weight: 2000 })));
  const told: { finding: DriftFinding; row: number; endRow: number | null }[] = [];
  for (let row = 0; row < values.length / channels.length; row++) {
    const cells = values.subarray(row * channels.length, (row + 1) * channels.length);
    watch.advance(row, cells, normalizer);
    for (let c = 0; c < channels.length; c++)
      if (!Number.isNaN(cells[c]) && !watch.holds(c)) advanceCell(normalizer, c, cells);
    for (const one of told)
      if (
        one.endRow === null &&
        !watch.findings.some(({ channel: c, kind }) => c === one.finding.channel && kind === one.finding.kind)
      )
        one.endRow = row;
    for (const finding of watch.findings)
      if (!told.some((one) => one.endRow === null && one.finding.channel === finding.channel))
        told.push({ finding, row, endRow: null });
  }
  return { told, watch, normalizer };
}
