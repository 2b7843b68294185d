import { damaged, pack, unpack32, unpack64 } from '../core/packed.ts';
import { clippedCrps, halfWidth90 } from './clipped-logistic.ts';
import { DampedTrend, numbersOfChannel } from './damped-trend.ts';
import { cellOf, lowOfCell, numbersOfCell, type PendingForecast, withoutRowsUntil } from './pending-forecast.ts';
import { type ForecastOfLaws, type Proposal, propose } from './propose.ts';
import { type ForecastShape, members } from './shape.ts';
import { TrackRecord, type TrackRecordOptions } from './track-record.ts';

/** What replay cannot rebuild of a series' forecasts, as of a delivered window. Plain and JSON-able. */
export interface ForecastSnapshot {
  /** Stamp of the newest row it has seen. */
  readonly endMs: number;
  readonly smoothing: string;
  readonly record: string;
  readonly pending: readonly PendingSnapshot[];
}

interface PendingSnapshot {
  readonly endMs: number;
  readonly firstRow: number;
  readonly reference: string;
  readonly cells: string;
}

/** Rows of one window that are new to the series. */
export interface NewRows {
  /** Stamp of the first of them. */
  readonly startMs: number;
  /** [row, channel], NaN where missing. */
  readonly values: Float64Array;
  /** [channel], ordinary spread. */
  readonly scale: Float64Array;
}

/** A cell of a forecast whose value came; all in the bent unit of its channel. */
export interface ResolvedCell {
  readonly channel: number;
  readonly y: number;
  /** The 90 % interval that was served. */
  readonly low: number;
  readonly high: number;
  /** CRPS of the rescaled members, then that of what was served; overwritten by the next cell. */
  readonly losses: Float64Array;
  /** Ordinary spread of the channel. */
  readonly scale: number;
}

export type OnResolved = (cell: ResolvedCell) => void;

/** Missing rows after which a trend has died away. */
const gapRowsMax = 64;

/** The online layer of one series: an automaton that sees rows and forecasts in the order of event time and nothing else. */
export class SeriesForecast {
  readonly #shape: ForecastShape;
  readonly #trend: DampedTrend;
  readonly #record: TrackRecord;
  #pending: PendingForecast[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(shape: ForecastShape, options: TrackRecordOptions, trend?: DampedTrend, record?: TrackRecord) {
    this.#shape = shape;
    this.#trend = trend ?? new DampedTrend(shape.channels);
    this.#record = record ?? new TrackRecord(shape, options);
  }

  /** Stamp of the newest row seen. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Takes in rows, each once, oldest first: resolves what was forecast of them. */
  observe({ startMs, values, scale }: NewRows, onResolved?: OnResolved): void {
    const { channels, stepMs } = this.#shape;
    for (let row = 0; row * channels < values.length; row++) {
      const timeMs = startMs + row * stepMs;
      const skipped = Math.min(gapRowsMax, Math.round((timeMs - this.#lastMs) / stepMs) - 1);
      for (let c = 0; c < channels; c++) {
        for (let k = 0; Number.isFinite(skipped) && k < skipped; k++) this.#trend.observe(c, Number.NaN);
        this.#trend.observe(c, values[row * channels + c]);
      }
      this.#resolve(timeMs, values.subarray(row * channels, (row + 1) * channels), scale, onResolved);
      this.#lastMs = timeMs;
    }
    this.#record.turn();
    this.#pending = this.#pending.filter(({ endMs }) => endMs + this.#shape.horizon * stepMs > this.#lastMs);
  }

  /** What is served in the place of `forecast`, and what `admit` is to be given. Changes nothing. */
  propose(forecast: ForecastOfLaws, levels: readonly number[]): Proposal {
    return propose(forecast, levels, {
      shape: this.#shape,
      trend: this.#trend,
      record: this.#record,
      endMs: this.#lastMs,
    });
  }

  /** Remembers a forecast until its rows have come. */
  admit(pending: PendingForecast): void {
    this.#pending.push(pending);
  }

  export(): ForecastSnapshot {
    return {
      endMs: this.#lastMs,
      smoothing: pack(this.#trend.state),
      record: pack(this.#record.sums),
      pending: this.#pending.flatMap((one) => {
        const left = withoutRowsUntil(one, this.#lastMs, this.#shape);
        if (left === null) return [];
        const { endMs, firstRow, reference, cells } = left;
        return [{ endMs, firstRow, reference: pack(reference), cells: pack(cells) }];
      }),
    };
  }

  /** The series as it was at an `export`. @throws DriftcastError STATE_INVALID */
  static import(
    snapshot: ForecastSnapshot,
    shape: ForecastShape,
    options: TrackRecordOptions,
    what: string,
  ): SeriesForecast {
    const { endMs, smoothing: level, record, pending } = snapshot;
    const { channels, horizon } = shape;
    const sums = unpack32(record, TrackRecord.sizeOf(shape), what);
    if (!Number.isFinite(endMs) || !Array.isArray(pending) || pending.length > horizon || !sums.every(Number.isFinite))
      throw damaged(what);
    const trend = new DampedTrend(channels, unpack64(level, channels * numbersOfChannel, what));
    const series = new SeriesForecast(shape, options, trend, new TrackRecord(shape, options, sums));
    series.#lastMs = endMs;
    series.#pending = pending.map((one) => {
      const { endMs: madeMs, firstRow } = one;
      if (!Number.isFinite(madeMs) || !Number.isInteger(firstRow) || firstRow < 0 || firstRow >= horizon)
        throw damaged(what);
      const cells = unpack32(one.cells, (horizon - firstRow) * channels * numbersOfCell, what);
      return { endMs: madeMs, firstRow, reference: unpack64(one.reference, channels, what), cells };
    });
    return series;
  }

  #resolve(timeMs: number, values: Float64Array, scale: Float64Array, onResolved: OnResolved | undefined): void {
    const { channels, horizon, stepMs, bounds } = this.#shape;
    const losses = new Float64Array(members.length + 1);
    for (const pending of this.#pending) {
      const h = Math.round((timeMs - pending.endMs) / stepMs) - 1;
      if (h < pending.firstRow || h >= horizon) continue;
      for (let c = 0; c < channels; c++) {
        if (Number.isNaN(values[c])) continue;
        const at = cellOf(pending, this.#shape, h, c);
        if (Number.isNaN(pending.cells[at])) continue; // was planned
        const zero = pending.reference[c];
        const cell = pending.cells.subarray(at, at + numbersOfCell);
        const y = values[c] - zero;
        const own = { min: bounds[c].min - zero, max: bounds[c].max - zero };
        this.#record.resolve(c, h, y, cell, own, losses);
        if (onResolved === undefined) continue;
        const low = cell[lowOfCell];
        const high = cell[lowOfCell + 1];
        losses[members.length] = clippedCrps(y, (low + high) / 2, (high - low) / (2 * halfWidth90), own);
        onResolved({ channel: c, y, low, high, losses, scale: scale[c] });
      }
    }
  }
}
