import type { PlanBook } from './plan-book.ts';
import type { Emit, Origin, SeriesWindow } from './series-window.ts';

/** One partition: its watermark, and the series that come through it. */
export class Partition {
  readonly series = new Map<string, SeriesWindow>();
  /** Plans by series, live or not. */
  readonly plans = new Map<string, PlanBook>();
  /** Rows up to here are closed. */
  closedRow = Number.NEGATIVE_INFINITY;
  /** Newest event time seen, as far as it is not ahead of its arrival: what the watermark follows. */
  newestMs = Number.NEGATIVE_INFINITY;
  /** Newest row that holds a reading, ahead of its arrival or not. */
  newestRow = Number.NEGATIVE_INFINITY;
  /** Offset of the reading it comes from: a replay from there knows how far ahead a plan may be. */
  newestOffset = Number.POSITIVE_INFINITY;
  /** Rows up to here are in no window to come. */
  pastRow = Number.NEGATIVE_INFINITY;
  /** Series that the rows closed last may have completed a window of, and that were not visited yet. */
  private due: Iterator<SeriesWindow> | null = null;

  constructor(
    readonly origin: Origin,
    /** Ended or taken away: whatever of this generation still comes is void. */
    readonly closed = false,
  ) {}

  /** Whether `visit` has still something to do. */
  get isDue(): boolean {
    return this.due !== null;
  }

  /** Closes rows up to `row`. Series have to be visited only where a window can end; in between they catch up when they are heard. */
  advance(row: number, stride: number): void {
    if (row <= this.closedRow) return;
    const endsWindow = Math.floor((row + 1) / stride) > Math.floor((this.closedRow + 1) / stride);
    this.closedRow = row;
    if (endsWindow) this.due = this.series.values();
  }

  /**
   * Closes the rows of the series that are due, one after the other, until `isOver`. What each emits does not depend on when it is
   * visited: it catches up before it takes a reading. `remove` is called for every series that is done.
   */
  visit(emit: Emit, remove: (series: SeriesWindow) => void, isOver: () => boolean): void {
    while (this.due !== null && !isOver()) {
      const next = this.due.next();
      if (next.done === true) {
        this.due = null;
        return;
      }
      next.value.closeThrough(this.closedRow, emit);
      if (next.value.rest !== null) remove(next.value);
    }
  }

  /**
   * The oldest offset that windows still to come need; null without any.
   *
   * @param refusesPlans whether plans may be too far ahead: a restart has to know what of, or it would take one that was refused
   */
  oldestNeeded(refusesPlans: boolean): number | null {
    let oldest = refusesPlans && !this.closed ? this.newestOffset : Number.POSITIVE_INFINITY;
    for (const series of this.series.values()) oldest = Math.min(oldest, series.oldestNeeded());
    for (const book of this.plans.values()) oldest = Math.min(oldest, book.oldestOffset());
    return oldest === Number.POSITIVE_INFINITY ? null : oldest;
  }
}
