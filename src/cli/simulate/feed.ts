import * as os from 'node:os';
import type { Clock } from '../../core/clock.ts';
import { recogniseTime } from '../../core/recognise-time.ts';
import { type CsvOptions, openCsv } from '../../source/csv-rows.ts';
import { hostMessage, hostRows } from '../../source/host.ts';
import { hostChannels } from '../../source/host-metrics.ts';
import { type Fault, type Plant, type PlantOptions, rowMessage } from '../../source/plant/plant.ts';

export type Cell = number | string | null;

/** One message on its way out. */
export interface FeedRow {
  /** Event time; null where the file's time is not understood (it is passed on as it stands). */
  readonly timeMs: number | null;
  readonly series: string | null;
  /** {time, series, channel: value ...} */
  readonly message: Readonly<Record<string, Cell>>;
  readonly faulty: boolean;
}

/** Where `simulate` takes its rows from. */
export interface Feed {
  readonly name: string;
  /** True where rows come in real time by themselves. */
  readonly live: boolean;
  rows(signal: AbortSignal): AsyncIterable<FeedRow> | Iterable<FeedRow>;
  /** Known from the first row on, at the latest. */
  columns(): { readonly channels: readonly string[]; readonly series: boolean };
  /** Labelled events; empty where nothing is known about any. */
  faults(): readonly Fault[];
  /** Share of the whole already handed out, or null where there is no end. */
  progress(): number | null;
}

export function plantFeed(plant: Plant, options: PlantOptions): Feed {
  let reachedMs = options.startMs;
  function* rows(): Generator<FeedRow> {
    for (const row of plant.generate(options)) {
      reachedMs = Math.max(reachedMs, row.timeMs + plant.stepMs);
      yield { timeMs: row.timeMs, series: row.series, message: rowMessage(plant, row), faulty: row.fault !== null };
    }
  }
  const lengthMs = options.steps * plant.stepMs;
  return {
    name: plant.name,
    live: false,
    rows,
    columns: () => ({ channels: plant.channels.map(({ name }) => name), series: plant.series.length > 1 }),
    faults: () => plant.faultsOf(options),
    progress: () => (Number.isFinite(lengthMs) ? Math.min(1, (reachedMs - options.startMs) / lengthMs) : null),
  };
}

/** A CSV file; with `startMs` its times are shifted so that the first row falls there. Broken rows go to `skipped`. */
export function csvFeed(options: CsvOptions, startMs: number | null, skipped: (problem: string) => void): Feed {
  const csv = openCsv(options);
  let hasSeries = false;
  async function* rows(): AsyncGenerator<FeedRow> {
    let shiftMs: number | null = null;
    for await (const { time, series, message, problem } of csv.rows()) {
      if (problem !== null) skipped(problem);
      if (message === null) continue;
      hasSeries = series !== null;
      const readMs = recogniseTime(time, 'auto');
      if (startMs === null || readMs === null) {
        yield { timeMs: readMs, series, message, faulty: false };
        continue;
      }
      shiftMs ??= startMs - readMs;
      const timeMs = readMs + shiftMs;
      yield { timeMs, series, message: { ...message, time: timeMs }, faulty: false };
    }
  }
  return {
    name: options.path,
    live: false,
    rows,
    columns: () => ({ channels: csv.channels(), series: hasSeries }),
    faults: () => [],
    progress: csv.progress,
  };
}

/** This machine, a row every `everyMs`. */
export function hostFeed(clock: Clock, everyMs: number): Feed {
  const series = os.hostname();
  async function* rows(signal: AbortSignal): AsyncGenerator<FeedRow> {
    for await (const row of hostRows(clock, everyMs, signal)) {
      yield { timeMs: row.timeMs, series, message: hostMessage(series, row), faulty: false };
    }
  }
  return {
    name: `host ${series}`,
    live: true,
    rows,
    columns: () => ({ channels: hostChannels.map(({ name }) => name), series: false }),
    faults: () => [],
    progress: () => null,
  };
}
