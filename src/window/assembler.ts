import type { BufferFill } from '../core/buffer-fill.ts';
import { eventTimeMs } from '../core/event-time.ts';
import { PendingStates } from '../core/pending-states.ts';
import type { Reading } from '../core/reading.ts';
import { type Position, partitionKey, type SourceEvent } from '../core/record.ts';
import type { WindowEvent } from '../core/window.ts';
import { planWindows, type WindowOptions, type WindowPlan } from './options.ts';
import { Partition } from './partition.ts';
import { PlanBook, plannedCells } from './plan-book.ts';
import { RecencyList } from './recency-list.ts';
import { RestingSeries } from './resting-series.ts';
import { isSilence, type SeriesSnapshot, type SnapshotMark, writeDown } from './series-snapshot.ts';
import { type Emit, SeriesWindow } from './series-window.ts';
import { WaitingPlans } from './waiting-plans.ts';

export type ResetEvent = Extract<SourceEvent, { kind: 'reset' }>;
export type ClosedEvent = Extract<SourceEvent, { kind: 'closed' }>;

/** What flows into the window room. */
export type WindowInput =
  | { readonly kind: 'reading'; readonly reading: Reading }
  /** The partition has had no message for a while of wall-clock time: close what it has begun. */
  | { readonly kind: 'idle'; readonly topic: string; readonly partition: number }
  | ResetEvent
  | ClosedEvent;

/** A plan reading that is not kept: it is further ahead of `newestMs`, the newest reading of its partition, than is allowed. */
export interface RefusedPlan {
  readonly reading: Reading;
  readonly newestMs: number;
}

const NOTHING: readonly WindowEvent[] = [];
const never = () => false;
const NONE_REFUSED: readonly RefusedPlan[] = [];

/**
 * Turns readings into windows on the grid of event time. What a series emits is a function of its partition's messages, in
 * their order, alone. A series comes through one partition (messages are keyed by series); one that comes through two is two.
 *
 * Committing: an offset may be committed when it is below the hold of every event that is not delivered and at most
 * `oldestNeeded`, and the snapshot with the states of what was delivered is durable. A restart that restores the snapshot
 * and replays from there emits what an undisturbed run would have. (A reading later than `latenessMs` may, rarely, be in
 * time in the replay: the message that had moved the watermark past it can be committed already.)
 */
export class WindowAssembler {
  private readonly plan: WindowPlan;
  private readonly partitions = new Map<string, Partition>();
  private readonly recency = new RecencyList<SeriesWindow>();
  private readonly homes = new Map<SeriesWindow, Partition>();
  private readonly waiting: WaitingPlans;
  private readonly restored = new Map<string, SeriesSnapshot>();
  private readonly resting: RestingSeries;
  private readonly pending: PendingStates<SnapshotMark>;
  private out: WindowEvent[] = [];
  private refused: RefusedPlan[] = [];
  private current: Partition | null = null;
  /** Partitions with series that have still to be visited. */
  private readonly due = new Set<Partition>();

  /** @throws DriftcastError CONFIG_INVALID */
  constructor(options: WindowOptions) {
    this.plan = planWindows(options);
    this.pending = new PendingStates(this.plan.pendingStatesMax);
    this.waiting = new WaitingPlans(this.plan.seriesMax);
    this.resting = new RestingSeries(this.plan.seriesMax);
  }

  get seriesCount(): number {
    return this.recency.size;
  }

  /** Whether `visit` has still something to do. */
  get isDue(): boolean {
    return this.due.size > 0;
  }

  /**
   * Returns what the input completed, in the order of event time per series. One reading can complete windows of all series of its
   * partition: where `isOver` says so the rest is left to `visit`, and is the same whenever that is called.
   */
  handle(input: WindowInput, isOver = never): readonly WindowEvent[] {
    switch (input.kind) {
      case 'reading':
        return this.push(input.reading, isOver);
      case 'reset':
        return this.reset(input);
      case 'closed':
        return this.close(input);
      case 'idle':
        return this.idle(input.topic, input.partition, isOver);
    }
  }

  /** Goes on where `handle` was told to leave off. */
  visit(isOver: () => boolean): readonly WindowEvent[] {
    for (const partition of this.due) {
      this.visitDue(partition, isOver);
      if (partition.isDue) break;
    }
    return this.drain();
  }

  /** Takes one reading. */
  push(reading: Reading, isOver = never): readonly WindowEvent[] {
    const partition = this.partitionOf(reading.position);
    if (partition === null) return NOTHING;
    const { stepMs, latenessMs, aheadMsMax } = this.plan;
    if (this.plan.isPlan(reading)) {
      this.visitAll();
      this.keepPlan(partition, Math.floor(reading.timeMs / stepMs), reading);
      return this.drain();
    }
    // a device whose clock is fast closes no rows of the others
    const timeMs = Math.min(reading.timeMs, Math.max(reading.arrivalMs ?? reading.timeMs, reading.timeMs - aheadMsMax));
    if (timeMs > partition.newestMs) {
      partition.newestMs = timeMs;
      partition.newestOffset = reading.position.offset;
      this.advance(partition, Math.floor((timeMs - latenessMs) / stepMs) - 1, isOver);
    }
    const row = Math.floor(reading.timeMs / stepMs);
    partition.newestRow = Math.max(partition.newestRow, row);
    this.place(partition, row, reading);
    return this.drain();
  }

  /** The partition starts again from its last commit: its series, their states and its watermark are void. */
  reset(event: ResetEvent): readonly WindowEvent[] {
    const { topic, partition, generation } = event;
    const before = this.partitions.get(partitionKey(event));
    if (before !== undefined && generation < before.origin.generation) return NOTHING;
    this.replace(new Partition({ topic, partition, generation }));
    return NOTHING;
  }

  /** The partition is gone. If it has `ended`, rows up to its newest reading are closed first, and emitted. */
  close(event: ClosedEvent): readonly WindowEvent[] {
    const { topic, partition, generation } = event;
    const before = this.partitions.get(partitionKey(event));
    if (before !== undefined && generation < before.origin.generation) return NOTHING;
    if (event.ended && before?.origin.generation === generation) this.closeThrough(before, before.newestRow, never);
    this.replace(new Partition({ topic, partition, generation }, true));
    return this.drain();
  }

  /** Closes the rows up to the newest one that the partition has seen, but for those of fast clocks. What still comes for them is late. */
  idle(topic: string, partition: number, isOver = never): readonly WindowEvent[] {
    const found = this.partitions.get(partitionKey({ topic, partition }));
    if (found !== undefined) this.closeThrough(found, Math.floor(found.newestMs / this.plan.stepMs), isOver);
    return this.drain();
  }

  /** How full its memories are. */
  buffers(): readonly BufferFill[] {
    const { seriesMax: entriesMax } = this.plan;
    return [
      { buffer: 'series', entries: this.recency.size, entriesMax },
      { buffer: 'resting_series', entries: this.resting.size, entriesMax },
      { buffer: 'waiting_plans', entries: this.waiting.size, entriesMax },
      this.pending.fill('window_states'),
    ];
  }

  /** Whether a reading only tells what is planned: nobody was heard. */
  isPlan(reading: Reading): boolean {
    return this.plan.isPlan(reading);
  }

  /** Plans refused since the last call. */
  takeRefused(): readonly RefusedPlan[] {
    if (this.refused.length === 0) return NONE_REFUSED;
    const refused = this.refused;
    this.refused = [];
    return refused;
  }

  /** The oldest offset that windows still to come need of the partition; null if it has no live series. */
  oldestNeeded(topic: string, partition: number): number | null {
    return this.partitions.get(partitionKey({ topic, partition }))?.oldestNeeded(this.plan.planAheadMs > 0) ?? null;
  }

  /** Newest event time of every open partition that has seen a reading, no further than it had come, minus the lateness. */
  watermarks(): readonly { readonly topic: string; readonly partition: number; readonly watermarkMs: number }[] {
    return [...this.partitions.values()].flatMap(({ origin: { topic, partition }, newestMs, closed }) =>
      closed || newestMs === Number.NEGATIVE_INFINITY
        ? []
        : [{ topic, partition, watermarkMs: newestMs - this.plan.latenessMs }],
    );
  }

  /** The live series of a partition: those whose snapshots have to be restored when it is reset. */
  seriesOf(topic: string, partition: number): readonly string[] {
    return [...(this.partitions.get(partitionKey({ topic, partition }))?.series.keys() ?? [])];
  }

  /** The event of the series at `timeMs` is delivered: no older state will be asked for. */
  delivered(series: string, timeMs: number): void {
    this.pending.passed(series, timeMs);
  }

  /**
   * The state of the series as of one of its events, to be made durable once that is delivered. `timeMs` is the event's
   * `eventTimeMs`. It and older states of the series are forgotten; null when it is not known (any more).
   */
  takeState(series: string, timeMs: number): SeriesSnapshot | null {
    const mark = this.pending.take(series, timeMs);
    return mark === null ? null : writeDown(mark);
  }

  /**
   * Gives a series that is not live the state it begins with when it is heard next. To be called before the first reading,
   * and again after each `reset`; null takes a snapshot back.
   */
  restore(series: string, snapshot: SeriesSnapshot | null): void {
    this.pending.forget(series);
    if (snapshot === null) this.restored.delete(series);
    else this.restored.set(series, snapshot);
  }

  private place(partition: Partition, row: number, reading: Reading): void {
    let series = this.liveOf(partition, reading.series);
    const late = row <= partition.closedRow;
    if (late) this.plan.onLate(reading);
    if (series === undefined) {
      if (!this.begins(reading.series, row, partition.closedRow)) return;
      series = this.create(partition, reading.series, row);
    }
    if (!series.isInside(row)) return;
    series.accept(row, reading);
    this.recency.touch(series);
  }

  /**
   * Keeps what a plan says of a row to come; one that is closed it patches, if that is inside a live series. Nobody was heard: neither
   * watermark nor silence hear of it.
   */
  private keepPlan(partition: Partition, row: number, reading: Reading): void {
    const { newestMs, newestOffset, closedRow, plans } = partition;
    const series = this.liveOf(partition, reading.series);
    const needs = Math.min(reading.position.offset, newestOffset);
    if (row <= closedRow) {
      this.plan.onLate(reading);
      if (series?.isInside(row)) series.acceptPlanned(row, plannedCells(reading, needs));
      return;
    }
    const book = plans.get(reading.series) ?? new PlanBook(reading.series);
    const tooFar = newestMs !== Number.NEGATIVE_INFINITY && reading.timeMs > newestMs + this.plan.planAheadMs;
    if (tooFar || (book.size >= this.plan.planRowsMax && !book.has(row))) {
      this.refused.push({ reading, newestMs });
      return;
    }
    book.add(row, reading, needs);
    plans.set(reading.series, book);
    if (series === undefined) this.waiting.wait(plans, book);
  }

  /** The series, closed as far as its partition; undefined if it is not live. */
  private liveOf(partition: Partition, name: string): SeriesWindow | undefined {
    const series = partition.series.get(name);
    series?.closeThrough(partition.closedRow, this.emit);
    if (series === undefined || series.rest === null) return series;
    // those that fell silent with it come to rest in their order, whoever is heard first
    this.visitAll();
    if (partition.series.get(name) === series) this.remove(series);
    return undefined;
  }

  /** The plan that a series comes to life with; null where no channel is known ahead. */
  private bookOf({ plans }: Partition, name: string): PlanBook | null {
    if (this.plan.ahead.length === 0) return null;
    const book = plans.get(name) ?? new PlanBook(name);
    plans.set(name, book);
    this.waiting.leave(book);
    return book;
  }

  /** Whether a reading brings a series to life that is not live. A late one does not, unless a replay goes on with a life. */
  private begins(name: string, row: number, closedRow: number): boolean {
    const restored = this.restored.get(name);
    if (restored === undefined) return row > closedRow;
    if (!isSilence(restored)) return row >= this.plan.firstRowAfter(closedRow);
    // The replay of a life that ended in a silence which is delivered.
    return row > closedRow && row * this.plan.stepMs > restored.endMs;
  }

  private create(partition: Partition, name: string, row: number): SeriesWindow {
    // those that fell silent make room, and push others out of those that rest
    this.visitAll();
    const oldest = this.recency.oldest;
    if (oldest !== null && this.recency.size >= this.plan.seriesMax) {
      this.remove(oldest);
      this.plan.onEvicted(oldest.series);
    }
    const rest = this.resting.take(partition, name);
    const restored = this.restored.get(name) ?? rest;
    this.restored.delete(name);
    const book = this.bookOf(partition, name);
    const series = new SeriesWindow(name, this.plan, partition.origin, partition.closedRow, row, restored, book);
    partition.series.set(name, series);
    this.homes.set(series, partition);
    // even if the row that it begins with is in no window of it: whoever is held makes room in turn
    this.recency.touch(series);
    return series;
  }

  private readonly emit: Emit = (event, snapshot) => {
    this.out.push(event);
    const series = event.kind === 'window' ? event.window.series : event.series;
    if (this.plan.pendingStatesMax > 0) this.pending.put(series, eventTimeMs(event), snapshot());
  };

  private readonly remove = (series: SeriesWindow): void => {
    const partition = this.homes.get(series) as Partition;
    const { series: live, plans } = partition;
    live.delete(series.series);
    if (series.rest !== null) this.resting.add(partition, series.series, series.rest);
    const book = plans.get(series.series);
    if (book !== undefined) this.waiting.wait(plans, book);
    this.homes.delete(series);
    this.recency.delete(series);
  };

  /** The watermark has come this far. */
  private advance(partition: Partition, row: number, isOver: () => boolean): void {
    // a replay may still go on with a life that the rows after these are inside of
    this.closeRows(partition, row, this.plan.stride, isOver, row - this.plan.length);
  }

  /** Closes rows whatever the watermark. */
  private closeThrough(partition: Partition, row: number, isOver: () => boolean): void {
    // Every row is a reason to visit: nobody comes back for a silence that falls between two window ends.
    this.closeRows(partition, row, 1, isOver);
  }

  private closeRows(
    partition: Partition,
    row: number,
    stride: number,
    isOver: () => boolean,
    pastRow = partition.pastRow,
  ): void {
    if (partition.isDue && row > partition.closedRow) this.visitDue(partition, never);
    partition.pastRow = pastRow;
    partition.advance(row, stride);
    this.visitDue(partition, isOver);
  }

  private visitAll(): void {
    for (const partition of this.due) this.visitDue(partition, never);
  }

  private visitDue(partition: Partition, isOver: () => boolean): void {
    partition.visit(this.emit, this.remove, isOver);
    if (partition.isDue) {
      this.due.add(partition);
      return;
    }
    this.due.delete(partition);
    if (partition.plans.size > 0) this.waiting.dropThrough(partition.plans, partition.pastRow);
  }

  /** The partition a reading belongs to; null if the reading is of an assignment that is over. */
  private partitionOf(position: Position): Partition | null {
    const { topic, partition, generation } = position;
    let found = this.current;
    if (found === null || found.origin.topic !== topic || found.origin.partition !== partition) {
      found = this.partitions.get(partitionKey(position)) ?? null;
    }
    if (found === null || generation > found.origin.generation) {
      found = this.replace(new Partition({ topic, partition, generation }));
    }
    this.current = found;
    return generation < found.origin.generation || found.closed ? null : found;
  }

  private replace(partition: Partition): Partition {
    const key = partitionKey(partition.origin);
    const before = this.partitions.get(key);
    for (const series of [...(before?.series.values() ?? [])]) this.remove(series);
    for (const book of before?.plans.values() ?? []) this.waiting.leave(book);
    if (before !== undefined) {
      this.resting.drop(before);
      this.due.delete(before);
    }
    this.partitions.set(key, partition);
    this.current = null;
    return partition;
  }

  private drain(): readonly WindowEvent[] {
    if (this.out.length === 0) return NOTHING;
    const events = this.out;
    this.out = [];
    return events;
  }
}
