import type { AlertSnapshot, AlertTracker } from '../alert/alert-tracker.ts';
import type { Clock } from '../core/clock.ts';
import type { Source } from '../core/component.ts';
import { type CommitMark, partitionKey } from '../core/record.ts';
import type { SeriesState } from '../core/series-state.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { Turns } from '../core/turns.ts';
import type { Forecaster, ForecastSnapshot } from '../forecast/forecaster.ts';
import type { Scorer, ScoreSnapshot } from '../score/scorer.ts';
import type { WindowAssembler } from '../window/assembler.ts';
import type { SeriesSnapshot } from '../window/series-snapshot.ts';
import type { OffsetLedger } from './offset-ledger.ts';
import { StateBook } from './state-book.ts';
import type { StateStore } from './state-store.ts';

export interface CheckpointParts {
  readonly source: Source;
  readonly assembler: WindowAssembler;
  readonly scorer: Scorer;
  readonly tracker: AlertTracker;
  /** null: what the model forecasts is served as it is. */
  readonly forecaster: Forecaster | null;
  readonly ledger: OffsetLedger;
  readonly file: StateStore | null;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly telemetry: Telemetry;
  /** Series whose states are kept; beyond, the one delivered least recently is forgotten. */
  readonly seriesMax: number;
}

interface Delivered {
  readonly timeMs: number;
  /** partitionKey */
  readonly home: string;
  /** Deliveries since its state was taken last. */
  readonly count: number;
}

/** Deliveries after which states are taken, whatever the timer says: fewer than the rooms keep pending. */
export const deliveriesMax = 2048;
/** States that are held before they are written: each counts by itself, so that no others have to be waited for. */
const statesAWrite = 256;
/** States taken with each delivery beyond: more than come, and not all at once. */
const takenBeyond = 2;

/**
 * Makes progress durable: first the state as of what was delivered, then the offsets. A crash between the two replays
 * messages whose results the state already knows, and they are not emitted again.
 */
export class Checkpoint {
  readonly #parts: CheckpointParts;
  readonly #states: StateBook;
  /** Of which a newer state can be taken; the one that has waited longest first. */
  readonly #delivered = new Map<string, Delivered>();
  /** The partition of every series that something was begun for, least recently begun first. */
  readonly #homes = new Map<string, string>();
  #deliveries = 0;
  /** Series, by their partition, of which a source that keeps states knows less than `#states`. */
  readonly #changed = new Map<string, Set<string>>();
  #saving: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
    this.#states = new StateBook(parts.file, parts.seriesMax);
  }

  /** Series whose states are kept. */
  get size(): number {
    return this.#states.size;
  }

  /** Reads the last snapshot and gives every series its state. Errors: STATE_INVALID. */
  async restore(): Promise<number> {
    for await (const [series, state] of this.#states.restore()) {
      this.#parts.assembler.restore(series, state.window as SeriesSnapshot);
      this.restoreJudgement(series, state);
    }
    return this.#states.size;
  }

  /** Sets forecast, score and alert room of one series back to a state. */
  restoreJudgement(series: string, state: SeriesState | null): void {
    this.#parts.forecaster?.restore(series, (state?.forecast ?? null) as ForecastSnapshot | null);
    this.#parts.scorer.restore(series, (state?.score ?? null) as ScoreSnapshot | null);
    this.#parts.tracker.restore(series, (state?.alert ?? null) as AlertSnapshot | null);
  }

  /** An event of the series is on its way: a rewind of the partition has to set the series back, live or not. */
  begun(series: string, at: { readonly topic: string; readonly partition: number }): void {
    this.#homes.delete(series);
    this.#homes.set(series, partitionKey(at));
    dropOldest(this.#homes, this.#parts.seriesMax);
  }

  /**
   * The partition has ended, or goes to another consumer. Where the source keeps the states, nothing of it stays: the one who
   * goes on reads what was committed. Returns the series to be forgotten. Else they go on from their states, should it come back.
   */
  left(at: { readonly topic: string; readonly partition: number; readonly ended: boolean }): ReadonlyMap<string, null> {
    if (this.#parts.source.keepsStates && !at.ended) {
      const series = this.#seriesOf(at);
      this.#drop(at, series);
      return new Map([...series].map((one) => [one, null]));
    }
    for (const series of this.#parts.assembler.seriesOf(at.topic, at.partition)) this.begun(series, at);
    return new Map();
  }

  /** The series' newest event that is delivered, of the current assignment of its partition. */
  delivered(series: string, timeMs: number, at: { readonly topic: string; readonly partition: number }): void {
    const count = (this.#delivered.get(series)?.count ?? 0) + 1;
    this.#delivered.set(series, { timeMs, home: partitionKey(at), count });
    if (++this.#deliveries < deliveriesMax) return;
    let taken = 0;
    for (const one of this.#delivered.keys()) {
      if (taken++ === takenBeyond) return;
      this.#takeState(one);
    }
  }

  /**
   * The states that the series of a partition go on from when it starts again from its commit. Series that fell silent are
   * among them: the replay may bring their old life again. `committed`: what a source that keeps states knows of them.
   */
  rewind(
    at: { readonly topic: string; readonly partition: number },
    committed?: ReadonlyMap<string, SeriesState>,
  ): ReadonlyMap<string, SeriesState | null> {
    const series = this.#seriesOf(at);
    const home = partitionKey(at);
    for (const [one, delivered] of this.#delivered) if (delivered.home === home) this.#takeState(one);
    if (committed !== undefined) {
      this.#drop(at, series);
      for (const [one, state] of committed) {
        series.add(one);
        this.begun(one, at);
        this.#keep(one, state);
      }
    }
    return new Map([...series].map((one) => [one, this.#states.get(one)]));
  }

  /** Snapshot, then commit; one at a time, and one that waits serves all who ask meanwhile. */
  save(): Promise<void> {
    if (this.#queued !== null) return this.#queued;
    const queued = this.#saving.then(() => {
      this.#queued = null;
      return this.#save();
    });
    this.#queued = queued;
    this.#saving = queued.catch(() => undefined);
    return queued;
  }

  async #save(): Promise<void> {
    const { assembler, ledger, clock } = this.#parts;
    // the marks come first: the state taken after them knows at least as much as they claim
    const marks = ledger.marks((topic, partition) => assembler.oldestNeeded(topic, partition));
    const turns = new Turns(clock);
    for (const series of [...this.#delivered.keys()]) {
      if (turns.isOver) await turns.pass();
      this.#takeState(series);
      if (this.#states.unsaved >= statesAWrite) await this.#states.save();
    }
    await this.#states.save();
    // of a partition that started again meanwhile, states are those of its new assignment
    const current = marks.filter((mark) => ledger.isCurrent(mark));
    if (current.length > 0) await this.#commit(current);
  }

  async #commit(due: readonly CommitMark[]): Promise<void> {
    const { source, ledger, telemetry } = this.#parts;
    const marks = source.keepsStates ? due.map((mark) => ({ ...mark, states: this.#takeChanged(mark) })) : due;
    await source.commit(marks).catch((error: unknown) => {
      for (const mark of marks) {
        if (mark.states !== undefined && ledger.isCurrent(mark))
          this.#markChanged(partitionKey(mark), mark.states.keys());
      }
      throw error;
    });
    ledger.committed(marks);
    telemetry.count('commits_total', marks.length);
    for (const mark of marks) {
      const { topic, partition, nextOffset } = mark;
      if (ledger.isCurrent(mark))
        telemetry.gauge('low_water_offset', nextOffset, { topic, partition: String(partition) });
    }
  }

  /** What a commit of the partition has to make durable with its offset. */
  #takeChanged(at: { readonly topic: string; readonly partition: number }): ReadonlyMap<string, SeriesState | null> {
    const home = partitionKey(at);
    const series = this.#changed.get(home) ?? [];
    this.#changed.delete(home);
    return new Map([...series].map((one) => [one, this.#states.get(one)]));
  }

  #takeState(series: string): void {
    const { assembler, scorer, tracker, forecaster } = this.#parts;
    const delivered = this.#delivered.get(series);
    if (delivered === undefined) return;
    const { timeMs, home, count } = delivered;
    const window = assembler.takeState(series, timeMs);
    const score = scorer.takeState(series, timeMs);
    const alert = tracker.takeState(series, timeMs);
    const forecast = forecaster?.takeState(series, timeMs) ?? null;
    const says = [window, score, alert, ...(forecaster === null ? [] : [forecast])];
    // seldom: of a silence, say, only the alert room says anything
    const before = says.includes(null) ? this.#states.get(series) : null;
    this.#keep(series, {
      window: window ?? before?.window ?? null,
      score: score ?? before?.score ?? null,
      alert: alert ?? before?.alert ?? null,
      forecast: forecast ?? before?.forecast ?? null,
    });
    this.#markChanged(home, [series]);
    this.#delivered.delete(series);
    this.#deliveries -= count;
  }

  #markChanged(home: string, series: Iterable<string>): void {
    if (!this.#parts.source.keepsStates) return;
    const changed = this.#changed.get(home) ?? new Set();
    for (const one of series) changed.add(one);
    this.#changed.set(home, changed);
  }

  /** Live series of the partition, and those that something was begun for. */
  #seriesOf(at: { readonly topic: string; readonly partition: number }): Set<string> {
    const key = partitionKey(at);
    const series = new Set(this.#parts.assembler.seriesOf(at.topic, at.partition));
    for (const [one, home] of this.#homes) if (home === key) series.add(one);
    return series;
  }

  #drop(at: { readonly topic: string; readonly partition: number }, series: Iterable<string>): void {
    for (const one of series) {
      this.#states.forget(one);
      this.#deliveries -= this.#delivered.get(one)?.count ?? 0;
      this.#delivered.delete(one);
      this.#homes.delete(one);
    }
    this.#changed.delete(partitionKey(at));
  }

  #keep(series: string, state: SeriesState): void {
    const dropped = this.#states.keep(series, state);
    const home = dropped === null ? undefined : this.#homes.get(dropped);
    // a source would bring it back at every assignment, for ever
    if (dropped !== null && home !== undefined) this.#markChanged(home, [dropped]);
  }
}

/** A Map keeps the order of insertion. */
function dropOldest(map: Map<string, unknown>, sizeMax: number): void {
  const oldest = map.keys().next();
  if (map.size > sizeMax && !oldest.done) map.delete(oldest.value);
}
