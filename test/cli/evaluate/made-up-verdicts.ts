import type { SeriesTruth } from '../../../src/cli/evaluate/truth.ts';
import type { AlertState, AlertTransition } from '../../../src/core/alert.ts';
import { byReference } from '../../../src/core/reference-names.ts';
import type { RowVerdict, Verdict } from '../../../src/core/verdict.ts';

export const stepMs = 60_000;

/** One channel; `labels` a digit a row. */
export function truthOf(series: string, rows: number, labels: string | null = null): SeriesTruth {
  return {
    series,
    startMs: 0,
    rows,
    truth: Float64Array.from({ length: rows }, (_, i) => Math.sin(i)),
    hidden: new Uint8Array(rows),
    labels: labels === null ? null : Uint8Array.from(labels, Number),
  };
}

export interface MadeUpRow {
  readonly row: number;
  readonly score: number;
  readonly pValue?: number;
  readonly alarm?: boolean;
  /** What a ridge VAR says of it; absent: nothing. */
  readonly beside?: number;
}

/** A verdict with what a judge reads of it. */
export function verdictOf(series: string, rows: readonly MadeUpRow[], inferred = true): Verdict {
  const none = new Float64Array(rows.length);
  const endMs = (rows.at(-1)?.row ?? 0) * stepMs;
  return {
    inference: {
      window: {
        series,
        endMs,
        stepMs,
        values: none,
        length: rows.length,
        channels: 1,
        newRows: rows.length,
        location: new Float64Array(1),
        scale: new Float64Array(1).fill(1),
        observedFraction: 1,
        hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
      },
      modelVersion: 'made-up',
      quantileLevels: [0.5],
      imputed: null,
      forecast: null,
      residual: inferred ? { squared: none, expected: none, halfWidth90: none } : null,
    },
    rows: rows.map(
      ({ row, score, pValue = 1, alarm = false, beside = Number.NaN }): RowVerdict => ({
        timeMs: row * stepMs,
        score,
        pValue,
        alarm,
        learning: false,
        topChannels: [{ channel: 0, share: 1, observed: 0, expected: 0, halfWidth90: 1 }],
        references: byReference((name) => ({
          score: name === 'ridge_var' ? beside : Number.NaN,
          pValue: 1,
          alarm: false,
          learning: false,
        })),
      }),
    ),
  };
}

export const alertOf = (
  series: string,
  state: AlertState,
  row: number,
  startRow: number,
  channels: readonly number[] = [0],
): AlertTransition => ({
  id: `${series}@${startRow * stepMs}`,
  series,
  kind: 'anomaly',
  state,
  startMs: startRow * stepMs,
  timeMs: row * stepMs,
  peakScore: 1,
  peakMs: 0,
  first: null,
  minPValue: 0.001,
  channels: channels.map((channel) => ({ channel, share: 1, observed: 0, expected: 0, halfWidth90: 1 })),
  summary: '',
});
