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

export const createSeriesTrack = (options: TrackOptions): SeriesTrack => new RingSeriesTrack(options);

class RingSeriesTrack implements SeriesTrack {
  readonly name: string;
  version = 0;
  timeMs: number | null = null;
  private readonly ring: RowRing;
  private rowsSeen = 0;
  private modelVersion: string | null = null;
  private observedFraction: number | null = null;
  private inferred = false;
  private newest: RowVerdict | null = null;
  private learnt: SeriesSummary['learnt'] = null;
  private referencesLearnt: SeriesSummary['referencesLearnt'] = null;
  private readonly open = new Map<AlertTransition['kind'], AlertTransition>();
  private forecast: ForecastView | null = null;
  private forecastVersion = -1;

  constructor(private readonly options: TrackOptions) {
    this.name = options.name;
    this.ring = createRowRing(options.rowsMax, options.channels, options.stepMs);
  }

  get urgent(): boolean {
    return this.newest?.alarm === true || this.open.size > 0;
  }

  get pValue(): number {
    return this.newest === null || Number.isNaN(this.newest.score) ? 1 : this.newest.pValue;
  }

  judge(verdict: Verdict, version: number): void {
    const { inference, rows } = verdict;
    const { window, residual, imputed } = inference;
    this.version = version;
    this.modelVersion = inference.modelVersion;
    this.timeMs = window.endMs;
    this.observedFraction = window.observedFraction;
    this.rowsSeen = Math.min(this.options.windowSteps, window.length - firstObservedRow(window));
    if (verdict.isDeferred !== true) {
      this.inferred = residual !== null || imputed !== null;
      this.learnt = verdict.learnt ?? null;
      this.referencesLearnt = verdict.referencesLearnt ?? null;
    }
    this.newest = rows.at(-1) ?? this.newest;
    // Readings are back: what was silent no longer is, whether or not a transition says so.
    if (window.endMs > (this.open.get('silent')?.timeMs ?? Number.POSITIVE_INFINITY)) this.open.delete('silent');
    writeWindow(this.ring, window, version);
    writeInference(this.ring, inference, version);
    for (const row of rows) {
      const slot = this.ring.open(row.timeMs);
      if (slot !== null) this.ring.judge(slot, row, version);
    }
    if (inference.forecast === null) return;
    this.forecast = forecastView(inference);
    this.forecastVersion = version;
  }

  alert(transition: AlertTransition, version: number): void {
    this.version = version;
    this.timeMs ??= transition.timeMs;
    if (transition.state !== 'resolved') this.open.set(transition.kind, transition);
    else if (this.open.get(transition.kind)?.id === transition.id) this.open.delete(transition.kind);
  }

  warm(rowsSeen: number, timeMs: number, version: number): void {
    this.version = version;
    this.rowsSeen = Math.min(rowsSeen, this.options.windowSteps);
    this.timeMs = this.timeMs === null ? timeMs : Math.max(this.timeMs, timeMs);
  }

  summary(): SeriesSummary {
    const { newest, observedFraction } = this;
    return {
      name: this.name,
      state: this.state(),
      timeMs: this.timeMs,
      score: newest === null ? null : toCell(newest.score),
      pValue: newest === null || Number.isNaN(newest.score) ? null : toCell(newest.pValue),
      observedFraction: observedFraction === null ? null : toCell(observedFraction),
      rowsSeen: this.rowsSeen,
      rowsNeeded: this.options.windowSteps,
      learnt: this.learnt,
      referencesLearnt: this.referencesLearnt,
      modelVersion: this.modelVersion,
      topChannels: newest === null ? [] : newest.topChannels.map(contributionView),
    };
  }

  snapshot(): SeriesSnapshot {
    const { name, version, forecast } = this;
    return { name, version, summary: this.summary(), rows: this.ring.since(-1), forecast };
  }

  detailSince(version: number): Pick<SeriesSnapshot, 'rows' | 'forecast'> {
    return { rows: this.ring.since(version), forecast: this.forecastVersion > version ? this.forecast : null };
  }

  private state(): SeriesState {
    if (this.open.has('silent')) return 'silent';
    if (this.open.has('anomaly')) return this.open.get('anomaly')?.state === 'firing' ? 'firing' : 'pending';
    if (!this.inferred) return this.rowsSeen < this.options.windowSteps ? 'warming' : 'sparse';
    if (this.newest === null || this.newest.learning) return 'learning';
    return this.newest.alarm ? 'alarm' : 'ordinary';
  }
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
