import type { Outcome } from '../core/alert.ts';
import type { Channel } from '../core/channel.ts';
import { createAlertList } from './alert-list.ts';
import { cellBytes } from './row-ring.ts';
import { createSeriesTrack } from './series-track.ts';
import { createShownSeries } from './shown-series.ts';
import type { FeedChanges, FeedSnapshot, SeriesSnapshot } from './view.ts';

export interface FeedOptions {
  /** Name of the pipeline. */
  readonly pipeline: string;
  readonly channels: readonly Channel[];
  /** Shown until the first inference names its own. */
  readonly modelVersion: string | null;
  readonly stepMs: number;
  /** Rows of a window. */
  readonly windowSteps: number;
  /** The p-value that opens an alarm: the threshold line. null while it is not known. */
  readonly alarmPValue: () => number | null;
  readonly seriesShownMax?: number;
  readonly rowsMax?: number;
  readonly alertsMax?: number;
}

/**
 * What the page shows, in bounded memory, as a pure function of the outcomes pushed. Nothing is queued for readers: each
 * remembers the version it has seen and asks for what changed since.
 */
export interface Feed {
  /** Rises with every push. */
  readonly version: number;
  push(outcome: Outcome): void;
  /** Progress of a series that has no full window yet; optional, for feeds whose first window takes long. */
  warming(series: string, rowsSeen: number, timeMs: number): void;
  /** Keeps a series in sight although there are more than are shown, until the returned function is called. */
  pin(series: string): () => void;
  snapshot(): FeedSnapshot;
  /** Null when the series is not shown. */
  seriesSnapshot(series: string): SeriesSnapshot | null;
  /** What happened after `version`, with the rows of `followed`; null when nothing did. */
  changesSince(version: number, followed: string | null): FeedChanges | null;
}

/** Memory of all rows together, whatever the number of channels. */
const rowBytesMax = 64 * 1024 * 1024;

/** Fewer rows, then fewer series, where the channels are many: the cells of all rings together stay under `rowBytesMax`. */
export function fitToMemory(channels: number, windowSteps: number, seriesMax: number, rowsMax: number) {
  const cellsMax = Math.floor(rowBytesMax / cellBytes);
  const rowsThatFit = Math.floor(cellsMax / (seriesMax * channels));
  const rows = Math.max(Math.min(rowsMax, windowSteps), Math.min(rowsMax, rowsThatFit));
  const series = Math.max(1, Math.min(seriesMax, Math.floor(cellsMax / (rows * channels))));
  return { rows, series };
}

export function createFeed(options: FeedOptions): Feed {
  const { pipeline, channels, stepMs, windowSteps, alarmPValue } = options;
  const alertsMax = options.alertsMax ?? 200;
  const fit = fitToMemory(channels.length, windowSteps, options.seriesShownMax ?? 50, options.rowsMax ?? 720);
  const track = { channels: channels.length, stepMs, windowSteps, rowsMax: fit.rows };
  const shown = createShownSeries(fit.series, fit.rows * stepMs, (name) => createSeriesTrack({ ...track, name }));
  const alerts = createAlertList(alertsMax);
  let version = 0;
  let eventTimeMs: number | null = null;
  let { modelVersion } = options;

  const nowMs = () => eventTimeMs ?? 0;
  const advance = (timeMs: number) => {
    eventTimeMs = eventTimeMs === null ? timeMs : Math.max(eventTimeMs, timeMs);
  };
  const head = () => ({
    version,
    modelVersion,
    alarmPValue: alarmPValue(),
    eventTimeMs,
    seriesHidden: shown.hidden,
  });

  return {
    get version() {
      return version;
    },
    push({ verdict, alerts: transitions }) {
      version++;
      if (verdict !== null) {
        const { window } = verdict.inference;
        modelVersion = verdict.inference.modelVersion;
        advance(window.endMs);
        const urgent = verdict.rows.some((row) => row.alarm);
        shown.admit(window.series, urgent, nowMs(), version)?.judge(verdict, version);
      }
      for (const transition of transitions) {
        if (!alerts.apply(transition, version)) continue;
        const urgent = transition.state !== 'resolved';
        shown.admit(transition.series, urgent, nowMs(), version)?.alert(transition, version);
      }
      if (verdict !== null) alerts.compare(verdict.inference.window.series, verdict.rows, version);
    },
    warming(series, rowsSeen, timeMs) {
      version++;
      advance(timeMs);
      shown.admit(series, false, nowMs(), version)?.warm(rowsSeen, timeMs, version);
    },
    pin: (series) => shown.pin(series),
    snapshot: () => ({
      ...head(),
      pipeline,
      stepMs,
      windowSteps,
      rowsMax: fit.rows,
      alertsMax,
      channels: channels.map(({ name, unit, kind }) => ({ name, unit, kind })),
      series: [...shown.all()].map((each) => each.summary()),
      alerts: alerts.since(-1),
    }),
    seriesSnapshot: (series) => shown.get(series)?.snapshot() ?? null,
    changesSince(since, followed) {
      if (version <= since) return null;
      const all = [...shown.all()];
      const detailed = followed === null ? undefined : shown.get(followed);
      return {
        ...head(),
        series: all.filter((each) => each.version > since).map((each) => each.summary()),
        names: shown.version > since ? all.map((each) => each.name) : null,
        alerts: alerts.since(since),
        detail:
          detailed === undefined || detailed.version <= since
            ? null
            : { name: detailed.name, ...detailed.detailSince(since) },
      };
    },
  };
}
