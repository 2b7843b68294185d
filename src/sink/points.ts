import type { AlertTransition, Outcome } from '../core/alert.ts';
import type { Channel } from '../core/channel.ts';
import type { Forecast, Imputed, Inference } from '../core/inference.ts';
import type { Point } from '../core/point.ts';
import type { Contribution, Verdict } from '../core/verdict.ts';
import type { Window } from '../core/window.ts';

/**
 * The points of one outcome, in the units of the channels. A pure function: writing the points of a replayed outcome again
 * changes nothing. Non-finite numbers never reach a point; a point that would carry one is left out whole, because every
 * write has to carry the full field set of its kind.
 *
 * - `driftcast_score{series}` score, p_value, alarm, learning, top_channels, level, group (where there are groups): one a scored row.
 * - `driftcast_value{series,channel}` observed | imputed, imputed_p05, imputed_p95, final, level: one a cell. A late reading writes `observed`
 *   of its row again; what was imputed there stays beside it.
 * - `driftcast_forecast{series,channel}` p05 ... p95, horizon_steps, level: one a cell, stamped with the time it speaks of.
 * - `driftcast_alert{series,kind}` state, summary, id, peak_score, min_p_value, channels, start_ms, peak_ms, first_channel: one a
 *   transition.
 */
export function outcomeToPoints(outcome: Outcome, channels: readonly Channel[]): Point[] {
  const points: Point[] = [];
  if (outcome.verdict) {
    const { inference } = outcome.verdict;
    scorePoints(outcome.verdict, channels, points);
    observedPoints(inference.window, channels, points);
    if (inference.imputed) imputedPoints(inference, inference.imputed, channels, points);
    if (inference.forecast) forecastPoints(inference, inference.forecast, channels, points);
  }
  for (const alert of outcome.alerts) points.push(alertPoint(alert, channels));
  return points;
}

function scorePoints(verdict: Verdict, channels: readonly Channel[], points: Point[]): void {
  const { series } = verdict.inference.window;
  for (const row of verdict.rows) {
    if (!Number.isFinite(row.score) || !Number.isFinite(row.pValue)) continue;
    points.push({
      measurement: 'driftcast_score',
      tags: { series },
      fields: {
        score: row.score,
        p_value: row.pValue,
        alarm: row.alarm ? 1 : 0,
        learning: row.learning ? 1 : 0,
        top_channels: channelNames(row.topChannels, channels),
        level: verdict.inference.level ?? 0,
        ...(row.group === undefined ? {} : { group: row.group }),
      },
      integerFields: ['alarm', 'learning', 'level'],
      timeMs: row.timeMs,
    });
  }
}

function observedPoints(window: Window, channels: readonly Channel[], points: Point[]): void {
  const newRows = Array.from({ length: window.newRows }, (_, i) => window.length - window.newRows + i);
  for (const row of [...(window.patchedRows ?? []), ...newRows]) {
    for (const [index, channel] of channels.entries()) {
      const observed = window.values[row * window.channels + index];
      if (observed === undefined || !Number.isFinite(observed)) continue;
      points.push({
        measurement: 'driftcast_value',
        tags: { series: window.series, channel: channel.name },
        fields: { observed },
        timeMs: rowTimeMs(window, row),
      });
    }
  }
}

function imputedPoints(inference: Inference, imputed: Imputed, channels: readonly Channel[], points: Point[]): void {
  const { window, quantileLevels: levels } = inference;
  for (const [position, row] of imputed.rows.entries()) {
    for (const [index, channel] of channels.entries()) {
      const start = (position * window.channels + index) * levels.length;
      const values = imputed.quantiles.subarray(start, start + levels.length);
      if (!values.every(Number.isFinite)) continue;
      points.push({
        measurement: 'driftcast_value',
        tags: { series: window.series, channel: channel.name },
        fields: {
          imputed: quantileAt(levels, values, 0.5),
          imputed_p05: quantileAt(levels, values, 0),
          imputed_p95: quantileAt(levels, values, 1),
          final: imputed.final[position] ? 1 : 0,
          level: inference.level ?? 0,
        },
        integerFields: ['final', 'level'],
        timeMs: rowTimeMs(window, row),
      });
    }
  }
}

function forecastPoints(inference: Inference, forecast: Forecast, channels: readonly Channel[], points: Point[]): void {
  const { window, quantileLevels: levels } = inference;
  const names = levels.map(quantileFieldName);
  for (let step = 0; step < forecast.horizon; step++) {
    for (const [index, channel] of channels.entries()) {
      const start = (step * window.channels + index) * levels.length;
      const values = forecast.quantiles.subarray(start, start + levels.length);
      if (!values.every(Number.isFinite)) continue;
      const fields: Record<string, number> = { horizon_steps: step + 1, level: inference.level ?? 0 };
      for (const [at, name] of names.entries()) fields[name] = values[at];
      points.push({
        measurement: 'driftcast_forecast',
        tags: { series: window.series, channel: channel.name },
        fields,
        integerFields: ['horizon_steps', 'level'],
        timeMs: window.endMs + (step + 1) * window.stepMs,
      });
    }
  }
}

function alertPoint(alert: AlertTransition, channels: readonly Channel[]): Point {
  return {
    measurement: 'driftcast_alert',
    tags: { series: alert.series, kind: alert.kind },
    fields: {
      state: alert.state,
      summary: alert.summary,
      id: alert.id,
      // A silent series has no score: the neutral values keep the field set full.
      peak_score: Number.isFinite(alert.peakScore) ? alert.peakScore : 0,
      min_p_value: Number.isFinite(alert.minPValue) ? alert.minPValue : 1,
      channels: channelNames(alert.channels, channels),
      start_ms: alert.startMs,
      peak_ms: alert.peakMs,
      first_channel: alert.first === null ? '' : (channels[alert.first.channel]?.name ?? String(alert.first.channel)),
    },
    integerFields: ['start_ms', 'peak_ms'],
    timeMs: alert.timeMs,
  };
}

const rowTimeMs = (window: Window, row: number): number => window.endMs - (window.length - 1 - row) * window.stepMs;

const channelNames = (contributions: readonly Contribution[], channels: readonly Channel[]): string =>
  contributions.map(({ channel }) => channels[channel]?.name ?? String(channel)).join(';');

/** Field name of a quantile level: 0.05 -> p05, 0.5 -> p50, 0.025 -> p02_5. */
export function quantileFieldName(level: number): string {
  const [whole = '', fraction] = String(Number((level * 100).toFixed(6))).split('.');
  return `p${whole.padStart(2, '0')}${fraction === undefined ? '' : `_${fraction}`}`;
}

/** Value at `level`, linear between the levels that are there (ascending), the outermost value beyond them. */
function quantileAt(levels: readonly number[], values: Float64Array, level: number): number {
  const above = levels.findIndex((candidate) => candidate >= level);
  if (above <= 0) return values[above === 0 ? 0 : values.length - 1];
  const [low, high] = [levels[above - 1], levels[above]];
  const share = (level - low) / (high - low);
  return values[above - 1] * (1 - share) + values[above] * share;
}
