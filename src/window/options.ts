import type { Channel } from '../core/channel.ts';
import { DriftcastError } from '../core/errors.ts';
import { knownAheadOf, planReadings } from '../core/plan-reading.ts';
import type { Reading } from '../core/reading.ts';
import type { Transform } from '../core/transform.ts';
import type { DriftOptions } from './drift/drift-watch.ts';
import type { ChannelPrior } from './normalizer.ts';

export interface WindowOptions {
  readonly stepMs: number;
  /** Rows of a window. */
  readonly length: number;
  /** New rows between two windows of a series; windows end at rows r with (r + 1) % stride = 0. */
  readonly stride: number;
  /** The watermark of a partition is its newest event time minus this. */
  readonly latenessMs: number;
  /** How far a reading may be ahead of its arrival and still be kept for its row. Default 0. */
  readonly aheadMsMax?: number;
  /** Event time without readings after which a series is silent. 0: length rows. Never less than one row. */
  readonly silentAfterMs: number;
  /** Series held at once over all partitions. */
  readonly seriesMax: number;
  readonly channels: readonly Channel[];
  /** Rows ahead that a window tells the plan of, where channels are known ahead. Default 0: none. */
  readonly aheadSteps?: number;
  /** Event time ahead of the newest reading of the partition beyond which a plan is refused. Default 0. */
  readonly planAheadMs?: number;
  /** Where the normaliser of a new series starts, [channel]: the statistics of the training data. */
  readonly prior: readonly ChannelPrior[];
  /** The same for series that training has seen: they start from their own statistics. */
  readonly seriesPriors?: ReadonlyMap<string, readonly ChannelPrior[]>;
  /** How drift is watched; null: it is not. Default null. */
  readonly drift?: Pick<DriftOptions, 'blockMs' | 'referenceBlocks' | 'action'> | null;
  /** States kept for `takeState` until their windows are delivered. 0: none is kept. Default 8192. */
  readonly pendingStatesMax?: number;
  /** A reading whose row was closed already. It still patches windows that are to come, if any holds its row. */
  readonly onLate?: (reading: Reading) => void;
  /** The least recently active series made room for a new one; its window state is lost. */
  readonly onEvicted?: (series: string) => void;
}

/** Options with the defaults filled in and what follows from them. */
export interface WindowPlan extends Required<WindowOptions> {
  /** Rows that are kept of a series: a window, the rows that lateness and fast clocks keep open behind it, and one on either side. */
  readonly rowsKept: number;
  /** Room for rows beyond, so that several windows can lie on one page. */
  readonly rowsSpare: number;
  /** Channels known ahead, ascending. */
  readonly ahead: readonly number[];
  /** The first row of the next window, once `closedRow` is closed: older ones are of no window to come. */
  readonly firstRowAfter: (closedRow: number) => number;
  readonly isPlan: (reading: Reading) => boolean;
  /** Rows of a plan that a series can hold. */
  readonly planRowsMax: number;
  /** [channel]: cells of the row that is being closed, of whichever series; rows close one at a time. */
  readonly rowCells: Float64Array;
  /** Channels that are bent before they are normalised. */
  readonly bent: readonly { readonly channel: number; readonly transform: Transform }[];
}

/** Event time without readings after which a series is silent, with the default filled in. */
export const silentAfterMsOf = ({
  silentAfterMs,
  length,
  stepMs,
}: Pick<WindowOptions, 'silentAfterMs' | 'length' | 'stepMs'>): number =>
  Math.max(silentAfterMs > 0 ? silentAfterMs : length * stepMs, stepMs);

/** Windows that lie on a page of rows: more take memory, fewer copy more often. */
const pageWindows = 8;

/** @throws DriftcastError CONFIG_INVALID */
export function planWindows(options: WindowOptions): WindowPlan {
  const invalid = (what: string) => new DriftcastError('CONFIG_INVALID', `planning windows: ${what}`);
  if (!(options.stepMs > 0)) throw invalid(`stepMs must be positive, got ${options.stepMs}`);
  if (!(options.length >= 1 && options.stride >= 1 && options.stride <= options.length)) {
    throw invalid(`stride must be within 1 and length, got stride ${options.stride}, length ${options.length}`);
  }
  if (!(options.latenessMs >= 0)) throw invalid(`latenessMs must not be negative, got ${options.latenessMs}`);
  if (!(options.seriesMax >= 1)) throw invalid(`seriesMax must be at least 1, got ${options.seriesMax}`);
  if (options.prior.length !== options.channels.length) {
    throw invalid(`${options.channels.length} channels but a prior for ${options.prior.length}`);
  }
  const latenessRows = Math.ceil(options.latenessMs / options.stepMs);
  const aheadRows = Math.ceil((options.aheadMsMax ?? 0) / options.stepMs);
  const rowsKept = options.length + latenessRows + aheadRows + 2;
  return {
    pendingStatesMax: 8192,
    seriesPriors: new Map(),
    aheadSteps: 0,
    planAheadMs: 0,
    drift: null,
    aheadMsMax: 0,
    onLate: () => {},
    onEvicted: () => {},
    ...options,
    silentAfterMs: silentAfterMsOf(options),
    rowsKept,
    rowsSpare: Math.min(rowsKept, pageWindows * options.stride),
    ahead: knownAheadOf(options.channels),
    firstRowAfter: (closedRow) => options.stride * Math.floor((closedRow + 1) / options.stride + 1) - options.length,
    isPlan: planReadings(options.channels),
    rowCells: new Float64Array(options.channels.length),
    bent: options.channels.flatMap(({ transform = 'none' }, channel) =>
      transform === 'none' ? [] : [{ channel, transform }],
    ),
    planRowsMax: options.length + latenessRows + Math.ceil((options.planAheadMs ?? 0) / options.stepMs) + 2,
  };
}
