import path from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Decoded } from '../../core/component.ts';
import type { DeadLetter } from '../../core/dead-letter.ts';
import { DriftcastError } from '../../core/errors.ts';
import { planReadings } from '../../core/plan-reading.ts';
import type { Reading } from '../../core/reading.ts';
import { partitionKey, type SourceRecord } from '../../core/record.ts';
import type { Registry } from '../../core/registry.ts';
import { silentTelemetry } from '../../core/telemetry.ts';
import { channelsOf } from '../../topology/channels-of.ts';
import { componentContext } from '../../topology/component-context.ts';
import { gridHistory, type SeriesHistory } from '../../window/history.ts';
import { silentAfterMsOf } from '../../window/options.ts';
import type { CliIo } from '../io.ts';
import { decodeInOrder } from './decode-in-order.ts';
import { allTimes, type HistoryFeed, type TimeRange } from './feed.ts';
import { NamesSeen } from './names-seen.ts';
import { showReading } from './show-reading.ts';
import { type Timing, timingOf } from './timing.ts';

export interface History {
  readonly series: readonly SeriesHistory[];
  readonly readings: number;
  /** Readings outside the asked times. */
  readonly outside: number;
  /** Readings that come so long after newer ones that the window room, fed in the order of the data, would have closed their rows. */
  readonly late: number;
  readonly timing: Timing;
  /** Names in the data that could be channels, from its first messages. */
  readonly names: ReadonlySet<string>;
  /** Why parts of the data were not used, by reason. */
  readonly rejected: ReadonlyMap<string, { readonly count: number; readonly first: string }>;
}

const readingsMax = 20_000_000;
/** Of the heap, what readings may take before they are gridded: the grid comes beside them. */
const heapShare = 0.6;
const readingBytes = 130;
const cellBytes = 16;
const seriesNamesMax = 12;
/** Recorded readings are never committed: one place for all of them takes no memory. */
const nowhere = { topic: 'history', partition: 0, generation: 1, offset: 0 } as const;

/**
 * Reads a feed to its end onto the pipeline's grid. Errors: those of the source; LIMIT_EXCEEDED where it holds more than fits
 * into memory; DATA_UNREADABLE where several series would overwrite each other; USAGE when a signal stops it.
 */
export async function collectHistory(
  config: PipelineConfig,
  registry: Registry,
  io: CliIo,
  feed: HistoryFeed,
  range: TimeRange = allTimes,
): Promise<History> {
  const context = componentContext(config, io.clock, (p) => path.resolve(p), silentTelemetry);
  const spec = registry.decoders.get(feed.decode.type);
  if (spec === undefined) throw new DriftcastError('INTERNAL', `looking up component ${feed.decode.type}`);
  const decoder = spec.build(feed.decode, context);
  const channels = channelsOf(config);
  const { step_ms: stepMs, length_steps: length, silent_after_ms: silentAfterMs } = config.window;
  const readings = new Readings(feed.what, range, config.window, planReadings(channels));
  const keys = new Set<string>();
  const next = new Map<string, number>();
  const names = new NamesSeen(feed.decode);
  const rejected = new Map<string, { count: number; first: string }>();
  const refuse = (letter: DeadLetter) => {
    const known = rejected.get(letter.reason);
    if (known === undefined) rejected.set(letter.reason, { count: 1, first: letter.detail });
    else known.count++;
  };
  const stop = () => void feed.source.stop().catch(() => undefined);
  io.signal.addEventListener('abort', stop, { once: true });
  const stopShowing = showReading(feed, () => readings.kept.length, io);
  const isNew = ({ key, value, position }: SourceRecord): boolean => {
    // a topic that is opened again is read again from the start: what was taken is not taken twice
    const place = partitionKey(position);
    if (position.offset < (next.get(place) ?? 0)) return false;
    next.set(place, position.offset + 1);
    if (key !== null && keys.size < seriesNamesMax) keys.add(key);
    names.look(value);
    return true;
  };
  const take = (decoded: Decoded) => {
    for (const reading of decoded.readings) readings.take(reading);
    decoded.rejected.forEach(refuse);
  };
  try {
    await decodeInOrder({ source: feed.source, decoder, io, what: feed.what, isNew, take });
  } finally {
    stopShowing();
    io.signal.removeEventListener('abort', stop);
    await Promise.all([feed.source.close(), decoder.close?.()]);
  }
  if (io.signal.aborted) throw new DriftcastError('USAGE', `reading ${feed.what}: stopped by a signal before its end`);
  checkSeries(feed, keys);
  const { kept, outside, late } = readings;
  const series = gridHistory(kept, channels, stepMs, silentAfterMsOf({ stepMs, length, silentAfterMs }));
  return { series, readings: kept.length, outside, late, timing: timingOf(kept), names: names.found, rejected };
}

/** What is kept of a feed, within bounds. */
class Readings {
  readonly kept: Reading[] = [];
  outside = 0;
  late = 0;
  readonly #what: string;
  readonly #range: TimeRange;
  readonly #window: Pick<PipelineConfig['window'], 'step_ms' | 'lateness_ms'>;
  readonly #bytesMax = heapShare * getHeapStatistics().heap_size_limit;
  #bytes = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  #channels: readonly number[] = [];

  readonly #isPlan: ReturnType<typeof planReadings>;

  constructor(
    what: string,
    range: TimeRange,
    window: Pick<PipelineConfig['window'], 'step_ms' | 'lateness_ms'>,
    isPlan: ReturnType<typeof planReadings>,
  ) {
    this.#isPlan = isPlan;
    this.#what = what;
    this.#range = range;
    this.#window = window;
  }

  take({ series, timeMs, arrivalMs = timeMs, channels, values }: Reading): void {
    if (timeMs < this.#range.fromMs || timeMs >= this.#range.toMs) {
      this.outside++;
      return;
    }
    // readings with the same channels share one list of them
    const same = channels.length === this.#channels.length && channels.every((c, i) => c === this.#channels[i]);
    if (!same) this.#channels = channels;
    this.kept.push({ series, timeMs, channels: this.#channels, values, position: nowhere });
    if (!this.#isPlan({ channels }) && this.#isLate(timeMs, arrivalMs)) this.late++;
    this.#bytes += readingBytes + cellBytes * values.length;
    if (this.kept.length <= readingsMax && this.#bytes <= this.#bytesMax) return;
    throw new DriftcastError(
      'LIMIT_EXCEEDED',
      `reading ${this.#what}: more than ${this.kept.length - 1} readings do not fit into memory`,
      {
        hint: 'Use a shorter history (train has --from and --to), or more memory: NODE_OPTIONS=--max-old-space-size=8000.',
      },
    );
  }

  /** As the window room of a feed of one partition would find. */
  #isLate(timeMs: number, arrivalMs: number): boolean {
    const { step_ms: stepMs, lateness_ms: latenessMs } = this.#window;
    this.#newestMs = Math.max(this.#newestMs, Math.min(timeMs, arrivalMs));
    return Math.floor(timeMs / stepMs) < Math.floor((this.#newestMs - latenessMs) / stepMs);
  }
}

/** Series that are read as one would overwrite each other cell by cell. */
function checkSeries({ what, decode, keysAreSeries = false }: HistoryFeed, keys: ReadonlySet<string>): void {
  const { constant } = (decode.series ?? {}) as { constant?: string };
  if (!keysAreSeries || constant === undefined || keys.size < 2) return;
  throw new DriftcastError(
    'DATA_UNREADABLE',
    `reading ${what}: it holds several series (${[...keys].join(', ')}${keys.size < seriesNamesMax ? '' : ' ...'}), the pipeline reads all rows as "${constant}"`,
    { hint: 'Set decode.series to { path: series }, or let `driftcast init` write the pipeline from this file.' },
  );
}
