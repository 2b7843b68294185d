import type { Source } from '../core/component.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { AlertSnapshot, AlertTracker } from '../alert/alert-tracker.ts';
import type { ScoreSnapshot, Scorer } from '../score/scorer.ts';
import type { WindowAssembler } from '../window/assembler.ts';
import type { SeriesSnapshot } from '../window/series-snapshot.ts';
import type { OffsetLedger } from './offset-ledger.ts';
import type { SeriesState, StateFile } from './state-file.ts';

export interface CheckpointParts {
  readonly source: Source;
  readonly assembler: WindowAssembler;
  readonly scorer: Scorer;
  readonly tracker: AlertTracker;
  readonly ledger: OffsetLedger;
  readonly file: StateFile | null;
  readonly telemetry: Telemetry;
}

/** Deliveries after which states are taken, whatever the timer says: fewer than the rooms keep pending. */
const deliveriesMax = 2048;

/**
 * Makes progress durable: first the state as of what was delivered, then the offsets. A crash between the two replays
 * messages whose results the state already knows, and they are not emitted again.
 */
export class Checkpoint {
  readonly #parts: CheckpointParts;
  readonly #states = new Map<string, SeriesState>();
  readonly #delivered = new Map<string, number>();
  #deliveries = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** Reads the last snapshot and gives every series its state. Errors: STATE_INVALID. */
  async restore(): Promise<number> {
    const { file } = this.#parts;
    if (file === null) return 0;
    for (const [series, state] of await file.read()) {
      this.#states.set(series, state);
      this.#parts.assembler.restore(series, state.window as SeriesSnapshot);
      this.restoreJudgement(series, state);
    }
    return this.#states.size;
  }

  /** Sets score and alert room of one series back to a state. */
  restoreJudgement(series: string, state: SeriesState | null): void {
    this.#parts.scorer.restore(series, (state?.score ?? null) as ScoreSnapshot | null);
    this.#parts.tracker.restore(series, (state?.alert ?? null) as AlertSnapshot | null);
  }

  /** The series' newest event that is delivered. */
  delivered(series: string, timeMs: number): void {
    this.#delivered.set(series, timeMs);
    if (++this.#deliveries >= deliveriesMax) this.#takeStates();
  }

  /** Sets the window room back for the series of a partition that starts again from its commit; answers their states. */
  rewind(topic: string, partition: number): ReadonlyMap<string, SeriesState | null> {
    this.#takeStates();
    const states = new Map<string, SeriesState | null>();
    for (const series of this.#parts.assembler.seriesOf(topic, partition)) states.set(series, this.#states.get(series) ?? null);
    return states;
  }

  /** Snapshot, then commit; one at a time. */
  save(): Promise<void> {
    const saving = this.#saving.then(() => this.#save());
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  async #save(): Promise<void> {
    const { source, assembler, ledger, file, telemetry } = this.#parts;
    // the marks come first: the state taken after them knows at least as much as they claim
    const marks = ledger.marks((topic, partition) => assembler.oldestNeeded(topic, partition));
    this.#takeStates();
    if (file !== null && (marks.length > 0 || this.#states.size > 0)) await file.write(this.#states);
    if (marks.length === 0) return;
    await source.commit(marks);
    ledger.committed(marks);
    telemetry.count('commits_total', marks.length);
    for (const { topic, partition, nextOffset } of marks) telemetry.gauge('low_water_offset', nextOffset, { topic, partition: String(partition) });
  }

  #takeStates(): void {
    const { assembler, scorer, tracker } = this.#parts;
    for (const [series, timeMs] of this.#delivered) {
      const before = this.#states.get(series);
      this.#states.set(series, {
        window: assembler.takeState(series, timeMs) ?? before?.window ?? null,
        score: scorer.takeState(series, timeMs) ?? before?.score ?? null,
        alert: tracker.takeState(series, timeMs) ?? before?.alert ?? null,
      });
    }
    this.#delivered.clear();
    this.#deliveries = 0;
  }
}
