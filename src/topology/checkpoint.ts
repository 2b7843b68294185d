import type { AlertSnapshot, AlertTracker } from '../alert/alert-tracker.ts';
import type { Source } from '../core/component.ts';
import { partitionKey } from '../core/record.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Forecaster, ForecastSnapshot } from '../forecast/forecaster.ts';
import type { Scorer, ScoreSnapshot } from '../score/scorer.ts';
import type { WindowAssembler } from '../window/assembler.ts';
import type { SeriesSnapshot } from '../window/series-snapshot.ts';
import type { OffsetLedger } from './offset-ledger.ts';
import type { SeriesState, StateStore } from './state-file.ts';

export interface CheckpointParts {
  readonly source: Source;
  readonly assembler: WindowAssembler;
  readonly scorer: Scorer;
  readonly tracker: AlertTracker;
  /** null: what the model forecasts is served as it is. */
  readonly forecaster: Forecaster | null;
  readonly ledger: OffsetLedger;
  readonly file: StateStore | null;
  readonly telemetry: Telemetry;
  /** Series whose states are kept; beyond, the one delivered least recently is forgotten. */
  readonly seriesMax: number;
}

/** Deliveries after which states are taken, whatever the timer says: fewer than the rooms keep pending. */
export const deliveriesMax = 2048;

/**
 * Makes progress durable: first the state as of what was delivered, then the offsets. A crash between the two replays
 * messages whose results the state already knows, and they are not emitted again.
 */
export class Checkpoint {
  readonly #parts: CheckpointParts;
  /** Least recently delivered first. */
  readonly #states = new Map<string, SeriesState>();
  readonly #delivered = new Map<string, number>();
  /** The partition of every series that something was begun for, least recently begun first. */
  readonly #homes = new Map<string, string>();
  #deliveries = 0;
  /** Whether the file knows less than `#states`. */
  #changed = false;
  #saving: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** Reads the last snapshot and gives every series its state. Errors: STATE_INVALID. */
  async restore(): Promise<number> {
    const { file } = this.#parts;
    if (file === null) return 0;
    for (const [series, state] of await file.read()) {
      this.#keep(series, state);
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

  /** The partition goes to another consumer; should it come back, its series go on from their states. */
  left(at: { readonly topic: string; readonly partition: number }): void {
    for (const series of this.#parts.assembler.seriesOf(at.topic, at.partition)) this.begun(series, at);
  }

  /** The series' newest event that is delivered, of the current assignment of its partition. */
  delivered(series: string, timeMs: number): void {
    this.#delivered.set(series, timeMs);
    if (++this.#deliveries >= deliveriesMax) this.#takeStates();
  }

  /**
   * The states that the series of a partition go on from when it starts again from its commit. Series that fell silent are
   * among them: the replay may bring their old life again.
   */
  rewind(topic: string, partition: number): ReadonlyMap<string, SeriesState | null> {
    this.#takeStates();
    const key = partitionKey({ topic, partition });
    const series = new Set(this.#parts.assembler.seriesOf(topic, partition));
    for (const [one, home] of this.#homes) if (home === key) series.add(one);
    return new Map([...series].map((one) => [one, this.#states.get(one) ?? null]));
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
    const { source, assembler, ledger, file, telemetry } = this.#parts;
    // the marks come first: the state taken after them knows at least as much as they claim
    const marks = ledger.marks((topic, partition) => assembler.oldestNeeded(topic, partition));
    this.#takeStates();
    if (file !== null && this.#changed) {
      this.#changed = false;
      await file.write(this.#states).catch((error: unknown) => {
        this.#changed = true;
        throw error;
      });
    }
    if (marks.length === 0) return;
    await source.commit(marks);
    ledger.committed(marks);
    telemetry.count('commits_total', marks.length);
    for (const { topic, partition, nextOffset } of marks)
      telemetry.gauge('low_water_offset', nextOffset, { topic, partition: String(partition) });
  }

  #takeStates(): void {
    const { assembler, scorer, tracker, forecaster } = this.#parts;
    for (const [series, timeMs] of this.#delivered) {
      const before = this.#states.get(series);
      this.#keep(series, {
        window: assembler.takeState(series, timeMs) ?? before?.window ?? null,
        score: scorer.takeState(series, timeMs) ?? before?.score ?? null,
        alert: tracker.takeState(series, timeMs) ?? before?.alert ?? null,
        forecast: forecaster?.takeState(series, timeMs) ?? before?.forecast ?? null,
      });
      this.#changed = true;
    }
    this.#delivered.clear();
    this.#deliveries = 0;
  }

  #keep(series: string, state: SeriesState): void {
    this.#states.delete(series);
    this.#states.set(series, state);
    dropOldest(this.#states, this.#parts.seriesMax);
  }
}

/** A Map keeps the order of insertion. */
function dropOldest(map: Map<string, unknown>, sizeMax: number): void {
  const oldest = map.keys().next();
  if (map.size > sizeMax && !oldest.done) map.delete(oldest.value);
}
