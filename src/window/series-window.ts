import type { Reading } from '../core/reading.ts';
import { bend } from '../core/transform.ts';
import type { Hold, Window, WindowEvent } from '../core/window.ts';
import { DriftWatch } from './drift/drift-watch.ts';
import { advanceCell, createNormalizer, importNormalizer, type Normalizer, scalesOf } from './normalizer.ts';
import type { WindowPlan } from './options.ts';
import type { PlanBook, PlannedRow } from './plan-book.ts';
import { RecentRows } from './recent-rows.ts';
import { isSilence, type SeriesSnapshot, type SnapshotMark, writeDown } from './series-snapshot.ts';

/** Where a series comes from; `generation` is the one of its partition's current assignment. */
export type Origin = Omit<Hold, 'offset'>;

/** Takes what a series emits; `snapshot` gives the state that belongs to it, and has to be called at once. */
export type Emit = (event: WindowEvent, snapshot: () => SnapshotMark) => void;

/**
 * The state of one series of one partition. Rows close one by one, in order; each closed row advances the normaliser, may
 * end a window, or find the series silent.
 *
 * Invariant: no row is written before the series has closed all rows that its partition has closed (`closeThrough` first),
 * so a late reading never reaches the normaliser, and no row goes that a window still needs.
 */
export class SeriesWindow {
  /** Nothing is held any more but what is known of the series, should it be heard again: to be removed. */
  rest: SeriesSnapshot | null = null;
  private readonly rows: RecentRows;
  /** Oldest row that holds or held a reading: a window is warm when it starts no earlier. -Infinity: the series is known already. */
  private firstRow: number;
  /** Newest event time in closed rows. */
  private lastMs: number;
  /** Oldest offset of the newest row with readings at or before the start of the window that ends at `closedRow`. */
  private anchor = Number.POSITIVE_INFINITY;
  /** Oldest offset of the series' life: until its first window carries a state, only all of it gives the normaliser again. */
  private firstOffset = Number.POSITIVE_INFINITY;
  private settled = false;
  /** Rows up to here were closed before this life began: late readings of them are not part of it. */
  private bornAfterRow: number;
  /** Row in which the series was last found silent. */
  private silentThrough = Number.NEGATIVE_INFINITY;
  /** Rows up to here are delivered: they neither advance the normaliser nor end a window. */
  private readonly deliveredRow: number;
  /** End of the newest window, and the newest offset then: readings that came later patch rows that are written. */
  private writtenRow: number;
  private writtenOffset: number;
  private newestOffset = Number.NEGATIVE_INFINITY;
  private readonly patched = new Set<number>();
  private normalizer: Normalizer;
  /** What is known of drift; it goes on through a silence. null: it is not watched. */
  readonly drift: DriftWatch | null;
  /** Normaliser at the newest end row, [channel]: what the next window is given. */
  private location: Float64Array;
  private scale: Float64Array;

  /** @throws DriftcastError STATE_INVALID when `restored` does not fit the channels */
  constructor(
    readonly series: string,
    private readonly plan: WindowPlan,
    private readonly origin: Origin,
    private closedRow: number,
    firstRow: number,
    restored: SeriesSnapshot | null,
    /** Plan of the rows to come; null where no channel is known ahead. */
    private readonly book: PlanBook | null,
  ) {
    const live = restored === null || isSilence(restored) ? null : restored;
    const state = restored?.normalizer ?? null;
    this.rows = new RecentRows(plan.rowsKept, plan.channels, firstRow, plan.silentAfterMs, plan.rowsSpare);
    const prior = plan.seriesPriors.get(series) ?? plan.prior;
    this.normalizer = state ? importNormalizer(state, plan.channels.length) : createNormalizer(prior);
    this.drift = newWatch(plan, restored);
    this.settled = live !== null;
    this.deliveredRow = restored ? Math.round(restored.endMs / plan.stepMs) : Number.NEGATIVE_INFINITY;
    // A replay enters a life in its midst: what is known of it makes up for the readings that do not come again.
    if (live) this.firstRow = Math.min(firstRow, this.deliveredRow - plan.length + 1);
    else this.firstRow = state ? Number.NEGATIVE_INFINITY : firstRow;
    this.lastMs = live?.lastMs ?? Number.NEGATIVE_INFINITY;
    this.bornAfterRow = live ? bornAfterRowOf(live, plan.stepMs) : Math.max(closedRow, this.deliveredRow);
    if (restored !== null && live === null) this.silentThrough = this.deliveredRow;
    this.writtenRow = live ? this.deliveredRow : Number.NEGATIVE_INFINITY;
    this.writtenOffset = live?.offset ?? Number.POSITIVE_INFINITY;
    if (live?.offset !== undefined) this.newestOffset = live.offset;
    if (live?.counters !== undefined) this.rows.resumeCounters(live.counters, plan.firstRowAfter(this.deliveredRow));
    this.location = this.normalizer.mean.slice();
    this.scale = scalesOf(this.normalizer);
    for (let row = this.plannedRow(); row <= closedRow; row = this.plannedRow()) {
      const cells = book?.take(row) ?? null;
      if (cells !== null && this.isInside(row)) this.acceptPlanned(row, cells);
    }
  }

  /** Whether a window of this life that is still to come can hold this row. */
  isInside(row: number): boolean {
    return row > this.bornAfterRow && row >= this.plan.firstRowAfter(this.closedRow);
  }

  /** Takes a reading of a row that is inside, late or not. */
  accept(row: number, reading: Reading): void {
    this.rows.add(row, reading);
    if (row < this.firstRow) this.firstRow = row;
    if (reading.position.offset < this.firstOffset) this.firstOffset = reading.position.offset;
    if (row <= this.closedRow && reading.timeMs > this.lastMs) this.lastMs = reading.timeMs;
    const { offset } = reading.position;
    if (row <= this.writtenRow && offset > this.writtenOffset) this.patch(row);
    if (offset > this.newestOffset) this.newestOffset = offset;
  }

  /** Notes a row that has to be written again; of a counter, the next rate is another one too. */
  private patch(row: number): void {
    this.patched.add(row);
    const next = this.rows.hasCounters ? this.rows.nextRow(row + 1) : Number.POSITIVE_INFINITY;
    if (next <= this.writtenRow) this.patched.add(next);
  }

  /** Takes what was planned for a row that is inside, as it closes or later. */
  acceptPlanned(row: number, cells: PlannedRow): void {
    this.rows.addPlanned(row, cells);
    for (const { needs } of cells.values()) this.firstOffset = Math.min(this.firstOffset, needs);
  }

  /** Closes all rows up to and including `targetRow`. */
  closeThrough(targetRow: number, emit: Emit): void {
    while (this.closedRow < targetRow && this.rest === null) {
      if (this.rows.newestRow <= this.closedRow + 1 - this.plan.length) {
        // Nothing is left to say before the silence is noticed: a jump ahead in event time costs no loop.
        this.closedRow = Math.max(this.closedRow, Math.min(targetRow, this.silentRow() - 1, this.plannedRow() - 1));
        if (this.closedRow === targetRow) return;
      }
      this.closeRow(this.closedRow + 1, emit);
    }
  }

  /** No offset from here on may be given up: the windows still to come need them. (At most a stride older than they must be.) */
  oldestNeeded(): number {
    const planned = this.book?.oldestOffset() ?? Number.POSITIVE_INFINITY;
    if (!this.settled) return Math.min(planned, this.firstOffset);
    return Math.min(planned, this.anchor, this.rows.oldestOffset(this.closedRow - this.plan.length + 1));
  }

  private closeRow(row: number, emit: Emit): void {
    const { length, stride } = this.plan;
    this.closedRow = row;
    const planned = this.book?.take(row) ?? null;
    if (planned !== null) this.acceptPlanned(row, planned);
    // a row of a plan alone does not count: perhaps no window will tell of it, and no state would know that it did
    if (this.rows.isHeard(row)) {
      this.lastMs = Math.max(this.lastMs, this.rows.timeOf(row));
      if (row > this.deliveredRow) this.learnRow(row);
    }
    const startRow = row - length + 1;
    if (this.rows.isHeard(startRow)) this.anchor = this.rows.offsetOf(startRow);
    if (row >= this.silentRow()) this.fallSilent(row, emit);
    else if ((row + 1) % stride === 0) this.endRow(row, startRow, emit);
  }

  private learnRow(row: number): void {
    const { bent, rowCells } = this.plan;
    this.rows.copyRow(row, rowCells);
    for (const { channel, transform } of bent) rowCells[channel] = bend(transform, rowCells[channel]);
    this.drift?.advance(row, rowCells, this.normalizer);
    for (let channel = 0; channel < rowCells.length; channel++)
      if (!Number.isNaN(rowCells[channel]) && !this.drift?.holds(channel))
        advanceCell(this.normalizer, channel, rowCells);
  }

  private endRow(row: number, startRow: number, emit: Emit): void {
    // the row after a silence ends at the instant at which that was found, and event times are unique
    const heard = this.lastMs >= startRow * this.plan.stepMs && row > this.silentThrough + 1;
    if (row > this.deliveredRow && heard && this.firstRow <= startRow) {
      const window = this.build(row, startRow);
      this.settled = true;
      this.patched.clear();
      this.writtenRow = row;
      this.writtenOffset = this.newestOffset;
      emit({ kind: 'window', window }, () => this.snapshotAt(row));
    }
    this.location = this.normalizer.mean.slice();
    this.scale = scalesOf(this.normalizer);
  }

  private snapshotAt(row: number): SnapshotMark {
    const { stepMs, firstRowAfter } = this.plan;
    const { lastMs, newestOffset, bornAfterRow } = this;
    return {
      endMs: row * stepMs,
      lastMs,
      normalizer: this.normalizer.all.slice(),
      ...(Number.isFinite(bornAfterRow) ? { bornMs: (bornAfterRow + 1) * stepMs } : {}),
      ...(Number.isFinite(newestOffset) ? { offset: newestOffset } : {}),
      ...(this.rows.hasCounters ? { counters: this.rows.countersBefore(firstRowAfter(row)) } : {}),
      drift: this.drift?.mark() ?? null,
    };
  }

  private build(row: number, startRow: number): Window {
    const { length, stride, stepMs, channels, ahead, aheadSteps } = this.plan;
    const { values, observed } = this.rows.window(startRow, length);
    return {
      series: this.series,
      endMs: row * stepMs,
      stepMs,
      values,
      length,
      channels: channels.length,
      newRows: stride,
      location: this.location,
      scale: this.scale,
      observedFraction: observed / values.length,
      ...(this.patched.size === 0 ? {} : { patchedRows: this.patchedFrom(startRow) }),
      ...(this.book === null ? {} : { ahead: this.book.copy(row + 1, aheadSteps, ahead) }),
      ...(this.drift === null ? {} : { drift: this.drift.findings }),
      hold: { ...this.origin, offset: this.oldestNeeded() },
    };
  }

  /** Rows of the window that begins with `startRow` that are not as they were written, ascending. */
  private patchedFrom(startRow: number): number[] {
    const inside = [...this.patched].filter((row) => row >= startRow).map((row) => row - startRow);
    return inside.sort((a, b) => a - b);
  }

  private plannedRow(): number {
    return this.book?.firstRow() ?? Number.POSITIVE_INFINITY;
  }

  /** The first row that ends later than `silentAfterMs` after the newest reading in closed rows. */
  private silentRow(): number {
    if (this.lastMs === Number.NEGATIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return Math.floor((this.lastMs + this.plan.silentAfterMs) / this.plan.stepMs);
  }

  /**
   * Ends this life of the series; the next one goes on from its normaliser, and has windows as soon as it is heard. Readings of later
   * rows (open through lateness, or the other way round: arrived early) begin it here and now, so that it does not depend on which came
   * first, they or the silence.
   */
  private fallSilent(row: number, emit: Emit): void {
    const { series, lastMs } = this;
    const silentForMs = (row + 1) * this.plan.stepMs - lastMs;
    const hold = { ...this.origin, offset: this.oldestNeeded() };
    const endMs = row * this.plan.stepMs;
    const state: SnapshotMark = {
      endMs,
      lastMs,
      normalizer: this.normalizer.all.slice(),
      silent: true,
      drift: this.drift?.mark() ?? null,
    };
    emit({ kind: 'silent', series, lastMs, silentForMs, hold }, () => state);
    this.settled = false;
    this.rows.clearThrough(row);
    this.bornAfterRow = row;
    this.silentThrough = row;
    this.firstRow = Number.NEGATIVE_INFINITY;
    this.writtenRow = Number.NEGATIVE_INFINITY;
    this.patched.clear();
    if (this.rows.nextRow(row + 1) === Number.POSITIVE_INFINITY) this.rest = writeDown(state);
    this.lastMs = Number.NEGATIVE_INFINITY;
    this.anchor = Number.POSITIVE_INFINITY;
    this.firstOffset = this.rows.oldestOffset(row + 1);
    this.location = this.normalizer.mean.slice();
    this.scale = scalesOf(this.normalizer);
  }
}

const newWatch = ({ drift, channels, stepMs }: WindowPlan, restored: SeriesSnapshot | null): DriftWatch | null =>
  drift === null ? null : new DriftWatch({ ...drift, channels, stepMs }, restored?.drift ?? null);

const bornAfterRowOf = ({ bornMs }: SeriesSnapshot, stepMs: number): number =>
  bornMs === undefined ? Number.NEGATIVE_INFINITY : Math.round(bornMs / stepMs) - 1;
