import type { AlertTransition } from '../core/alert.ts';
import type { Inference } from '../core/inference.ts';
import type { Contribution, RowVerdict, Verdict } from '../core/verdict.ts';
import type { Window } from '../core/window.ts';
import { createRowRing, type RowRing } from './row-ring.ts';
import {
  type ContributionView,
  type ForecastView,
  type SeriesSnapshot,
  type SeriesState,
  type SeriesSummary,
  toCell,
} from './view.ts';

/** What the page knows of one series. Each call carries the feed's version, so that changes can be told since any version. */
export interface SeriesTrack {
  readonly name: string;
  readonly version: number;
  readonly timeMs: number | null;
  /** Whether it must stay in sight: alarmed, or an alert is open. */
  readonly urgent: boolean;
  /** Of the newest row; 1 while nothing is scored. */
  readonly pValue: number;
  judge(verdict: Verdict, version: number): void;
  alert(transition: AlertTransition, version: number): void;
  warm(rowsSeen: number, timeMs: number, version: number): void;
  summary(): SeriesSummary;
  snapshot(): SeriesSnapshot;
  detailSince(version: number): Pick<SeriesSnapshot, 'rows' | 'forecast'>;
}

export interface TrackOptions {
  readonly name: string;
  readonly channels: number;
  readonly stepMs: number;
  readonly windowSteps: number;
  readonly rowsMax: number;
}

export function createSeriesTrack(options: TrackOptions): SeriesTrack {
  const { name, channels, stepMs, windowSteps } = options;
  const ring = createRowRing(options.rowsMax, channels, stepMs);
  let version = 0;
  let timeMs: number | null = null;
  let rowsSeen = 0;
  let inference: Pick<Inference, 'modelVersion'> | null = null;
  let observedFraction: number | null = null;
  let inferred = false;
  let newest: RowVerdict | null = null;
  const open = new Map<AlertTransition['kind'], AlertTransition>();
  let forecast: ForecastView | null = null;
  let forecastVersion = -1;

  function state(): SeriesState {
    if (open.has('silent')) return 'silent';
    if (open.has('anomaly')) return open.get('anomaly')?.state === 'firing' ? 'firing' : 'pending';
    if (!inferred) return rowsSeen < windowSteps ? 'warming' : 'sparse';
    if (newest === null || newest.learning) return 'learning';
    return newest.alarm ? 'alarm' : 'ordinary';
  }

  const summary = (): SeriesSummary => ({
    name,
    state: state(),
    timeMs,
    score: newest === null ? null : toCell(newest.score),
    pValue: newest === null || Number.isNaN(newest.score) ? null : toCell(newest.pValue),
    observedFraction: observedFraction === null ? null : toCell(observedFraction),
    rowsSeen,
    rowsNeeded: windowSteps,
    modelVersion: inference?.modelVersion ?? null,
    topChannels: newest === null ? [] : newest.topChannels.map(contributionView),
  });

  return {
    name,
    get version() {
      return version;
    },
    get timeMs() {
      return timeMs;
    },
    get urgent() {
      return newest?.alarm === true || open.size > 0;
    },
    get pValue() {
      return newest === null || Number.isNaN(newest.score) ? 1 : newest.pValue;
    },
    judge(verdict, at) {
      version = at;
      inference = verdict.inference;
      const { window, residual, imputed } = verdict.inference;
      timeMs = window.endMs;
      observedFraction = window.observedFraction;
      rowsSeen = Math.min(windowSteps, window.length - firstObservedRow(window));
      inferred = residual !== null || imputed !== null;
      newest = verdict.rows.at(-1) ?? newest;
      // Readings are back: what was silent no longer is, whether or not a transition says so.
      if (window.endMs > (open.get('silent')?.timeMs ?? Number.POSITIVE_INFINITY)) open.delete('silent');
      writeWindow(ring, window, at);
      writeInference(ring, verdict.inference, at);
      for (const row of verdict.rows) {
        const slot = ring.open(row.timeMs);
        if (slot !== null) ring.judge(slot, row, at);
      }
      if (verdict.inference.forecast !== null) {
        forecast = forecastView(verdict.inference);
        forecastVersion = at;
      }
    },
    alert(transition, at) {
      version = at;
      timeMs ??= transition.timeMs;
      if (transition.state !== 'resolved') open.set(transition.kind, transition);
      else if (open.get(transition.kind)?.id === transition.id) open.delete(transition.kind);
    },
    warm(rows, rowTimeMs, at) {
      version = at;
      rowsSeen = Math.min(rows, windowSteps);
      timeMs = timeMs === null ? rowTimeMs : Math.max(timeMs, rowTimeMs);
    },
    summary,
    snapshot: () => ({ name, version, summary: summary(), rows: ring.since(-1), forecast }),
    detailSince: (since) => ({ rows: ring.since(since), forecast: forecastVersion > since ? forecast : null }),
  };
}

export const contributionView = (part: Contribution): ContributionView => ({
  channel: part.channel,
  share: toCell(part.share),
  observed: toCell(part.observed),
  expected: toCell(part.expected),
  halfWidth90: toCell(part.halfWidth90),
});

/** Index of the first row with an observed cell; `length` when there is none. */
function firstObservedRow(window: Window): number {
  const cell = window.values.findIndex((value) => !Number.isNaN(value));
  return cell < 0 ? window.length : Math.floor(cell / window.channels);
}

function writeWindow(ring: RowRing, window: Window, version: number): void {
  const first = firstObservedRow(window);
  for (let row = 0; row < window.length; row++) {
    const rowMs = window.endMs - (window.length - 1 - row) * window.stepMs;
    // Rows before the first reading are not part of the series; an empty newest row is: it says that readings stopped.
    if (row < first && row < window.length - window.newRows && !ring.has(rowMs)) continue;
    const slot = ring.open(rowMs);
    if (slot !== null) ring.observe(slot, window.values, row * window.channels, version);
  }
}

function writeInference(ring: RowRing, inference: Inference, version: number): void {
  const { window, imputed, residual, quantileLevels } = inference;
  const { channels } = window;
  const levels = quantileLevels.length;
  const middle = nearestIndex(quantileLevels, 0.5);
  const rowMs = (row: number) => window.endMs - (window.length - 1 - row) * window.stepMs;
  imputed?.rows.forEach((row, i) => {
    const slot = ring.open(rowMs(row));
    if (slot === null) return;
    for (let c = 0; c < channels; c++) {
      const at = (i * channels + c) * levels;
      const low = imputed.quantiles[at];
      const cell = { low, median: imputed.quantiles[at + middle], high: imputed.quantiles[at + levels - 1] };
      ring.impute(slot, c, cell, version);
    }
  });
  if (residual === null) return;
  for (let i = 0; i < window.newRows; i++) {
    const slot = ring.open(rowMs(window.length - window.newRows + i));
    if (slot === null) continue;
    for (let c = 0; c < channels; c++) {
      ring.expect(slot, c, residual.expected[i * channels + c], residual.halfWidth90[i * channels + c], version);
    }
  }
}

function nearestIndex(levels: readonly number[], wanted: number): number {
  let best = 0;
  levels.forEach((level, i) => {
    if (Math.abs(level - wanted) < Math.abs(levels[best] - wanted)) best = i;
  });
  return best;
}

function forecastView({ window, forecast, quantileLevels }: Inference): ForecastView | null {
  if (forecast === null) return null;
  const levels = quantileLevels.length;
  const at = (h: number, c: number, q: number) => toCell(forecast.quantiles[(h * window.channels + c) * levels + q]);
  const steps = Array.from({ length: forecast.horizon }, (_, h) => h);
  return {
    startMs: window.endMs + window.stepMs,
    stepMs: window.stepMs,
    levels: [...quantileLevels],
    quantiles: Array.from({ length: window.channels }, (_, c) =>
      Array.from({ length: levels }, (_, q) => steps.map((h) => at(h, c, q))),
    ),
  };
}
