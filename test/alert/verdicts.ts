import type { AlertInput, AlertOptions, SilentEvent } from '../../src/alert/alert-tracker.ts';
import type { RowVerdict, Verdict } from '../../src/core/verdict.ts';

export const stepMs = 10;

export const channels = ['flow_out', 'pressure', 'valve'].map((name, i) => ({
  name,
  unit: ['l/s', 'bar', ''][i],
  kind: 'gauge' as const,
  aggregate: 'last' as const,
  min: -1000,
  max: 1000,
}));

export const options = (changes: Partial<AlertOptions> = {}): AlertOptions => ({
  channels,
  pendingSteps: 2,
  resolveSteps: 3,
  silent: true,
  driftAction: 'retrain',
  topChannels: 2,
  seriesMax: 10,
  ...changes,
});

export const row = (timeMs: number, changes: Partial<RowVerdict> = {}): RowVerdict => ({
  timeMs,
  score: 1,
  pValue: 0.5,
  alarm: false,
  learning: false,
  topChannels: [],
  ...changes,
});

export const contribution = (channel: number, share: number, observed = 12.1) => ({
  channel,
  share,
  observed,
  expected: 8,
  halfWidth90: 0.9,
});

/** A for an alarm row, . for an ordinary one, ? for one that could not be scored. */
export const rowsOf = (marks: string, firstMs = 0): RowVerdict[] =>
  [...marks].map((mark, i) => {
    const timeMs = firstMs + i * stepMs;
    if (mark === '?') return row(timeMs, { score: Number.NaN, pValue: 1 });
    if (mark === '.') return row(timeMs);
    return row(timeMs, {
      alarm: true,
      score: 10 + i,
      pValue: 0.01 / (i + 1),
      topChannels: [contribution(0, 0.8), contribution(1, 0.2)],
    });
  });

/** @param unheard of the new rows, those that come first and hold no value */
export function verdictOf(rows: readonly RowVerdict[], series = 's', unheard = 0): AlertInput {
  const newRows = rows.length;
  const length = Math.max(8, newRows);
  const values = new Float64Array(length * 3).fill(Number.NaN, 0, (length - newRows + unheard) * 3);
  const verdict: Verdict = {
    inference: {
      window: {
        series,
        endMs: rows.at(-1)?.timeMs ?? 0,
        stepMs,
        values,
        length,
        channels: 3,
        newRows,
        location: new Float64Array(3),
        scale: new Float64Array(3).fill(1),
        observedFraction: 1,
        hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
      },
      modelVersion: 'test',
      quantileLevels: [0.5],
      imputed: null,
      forecast: null,
      residual: null,
    },
    rows,
  };
  return { kind: 'verdict', verdict };
}

export const silenceOf = (lastMs: number, silentForMs: number, series = 's'): SilentEvent => ({
  kind: 'silent',
  series,
  lastMs,
  silentForMs,
  hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
});
