import type { BufferFill } from '../core/buffer-fill.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Inference, Residual } from '../core/inference.ts';
import { PendingStates } from '../core/pending-states.ts';
import type { Contribution, RowVerdict, Verdict } from '../core/verdict.ts';
import { type HeldOut, type HeldOutRule, heldOutAtStart, holdOut } from './held-out.ts';
import { checkScoreOptions, type ScoreOptions, scoresNeeded } from './options.ts';
import { blameOf, largestShares } from './row-score.ts';
import { createReference, type Reference, ScoreMemory } from './score-memory.ts';
import { type Moving, Statistics, smoothedNames } from './statistics.ts';

/** What replay cannot rebuild of a series' calibration, as of a delivered verdict. Plain and JSON-able. */
export interface ScoreSnapshot {
  /** Stamp of the newest row it has seen. */
  readonly endMs: number;
  /** Smoothed squares, [statistic]; null before the first row. */
  readonly smoothed: readonly (number | null)[];
  /** Whether an alarm is open. */
  readonly alarmed: boolean;
  /** What is left out of the memory. */
  readonly heldOut: HeldOut;
  /** Moving means of the signed residuals against the other channels, and from the long-run mean, [channel]. */
  readonly others: readonly number[];
  readonly level: readonly number[];
  /** The remembered scores (`ScoreMemory.export`). */
  readonly scores: string;
}

interface Mark {
  readonly endMs: number;
  readonly moving: Moving;
  readonly alarmed: boolean;
  readonly heldOut: HeldOut;
  readonly total: number;
}

interface SeriesState {
  memory: ScoreMemory;
  moving: Moving;
  alarmed: boolean;
  heldOut: HeldOut;
  lastMs: number;
}

/**
 * Turns residuals into calibrated p-values. The score of a row (`statistics.ts`) enters its series' memory after its p-value is taken;
 * rows of an alarm do not, as far as there is an allowance for them (`held-out.ts`).
 *
 * Invariant: no row counts twice. The windows of a series come in the order of their ends, and the window room suppresses
 * those that a replay brings again; should one come all the same, the rows that were scored before are left out of its
 * verdict, so that nothing overwrites what was said about them.
 */
export class Scorer {
  private readonly states = new Map<string, SeriesState>();
  private readonly pending: PendingStates<Mark>;
  private readonly reference: Reference;
  /** Where smoothing starts: an ordinary score, so that a first row alone is no alarm. NaN without reference scores. */
  private readonly ordinary: number;
  private readonly statistics: Statistics;
  private readonly heldOutRule: HeldOutRule;

  /** @throws DriftcastError CONFIG_INVALID */
  constructor(private readonly options: ScoreOptions) {
    checkScoreOptions(options);
    this.reference = createReference(options.referenceScores, options.memoryScores);
    this.ordinary = median(options.referenceScores);
    this.statistics = new Statistics(options);
    this.heldOutRule = { rowsMax: options.heldOutRowsMax, share: options.heldOutRatio * options.pValue };
    this.pending = new PendingStates(options.pendingStatesMax ?? 8192);
  }

  /** How full its memories are. */
  buffers(): readonly BufferFill[] {
    const { seriesMax } = this.options;
    return [
      { buffer: 'score_series', entries: this.states.size, entriesMax: seriesMax },
      this.pending.fill('score_states'),
    ];
  }

  score(inference: Inference): Verdict {
    const { series, endMs, stepMs, newRows, length } = inference.window;
    const state = this.stateOf(series);
    const rows: RowVerdict[] = [];
    for (let row = 0; row < newRows; row++) {
      const timeMs = endMs - (newRows - 1 - row) * stepMs;
      if (timeMs <= state.lastMs) continue;
      // After a gap the smoothed score tells of a time that is over; what is ordinary still holds.
      if (timeMs - state.lastMs > (length / 2) * stepMs) {
        state.moving = this.statistics.start(this.ordinary);
        state.alarmed = false;
      }
      state.lastMs = timeMs;
      rows.push(this.scoreRow(inference, row, timeMs, state));
    }
    const { moving, alarmed, heldOut, memory } = state;
    if (rows.length > 0)
      this.pending.put(series, endMs, { endMs, moving: copyOf(moving), alarmed, heldOut, total: memory.total });
    return { inference, rows };
  }

  /**
   * The state of the series as of its verdict at `timeMs`, to be made durable once that is delivered. It and older states
   * are forgotten; null when it is not known (any more).
   */
  takeState(series: string, timeMs: number): ScoreSnapshot | null {
    const mark = this.pending.take(series, timeMs);
    const scores = mark === null ? null : (this.states.get(series)?.memory.export(mark.total) ?? null);
    if (mark === null || scores === null) return null;
    const { endMs, moving, alarmed, heldOut } = mark;
    const smoothed = [...moving.smoothed].map((value) => (Number.isNaN(value) ? null : value));
    return { endMs, smoothed, alarmed, heldOut, others: [...moving.others], level: [...moving.level], scores };
  }

  /**
   * Sets the state a series goes on from; null: it starts afresh. To be called at the start, and for every series of a
   * partition that is reset. @throws DriftcastError STATE_INVALID
   */
  restore(series: string, snapshot: ScoreSnapshot | null): void {
    this.pending.forget(series);
    this.states.delete(series);
    if (snapshot === null) return;
    const { endMs, alarmed, heldOut, scores } = snapshot;
    const channels = this.options.meanSquared.length;
    const valid =
      Number.isFinite(endMs) &&
      Number.isFinite(heldOut?.alarmRows) &&
      Number.isFinite(heldOut?.allowance) &&
      numbers(snapshot.smoothed, smoothedNames.length, true) &&
      numbers(snapshot.others, channels, false) &&
      numbers(snapshot.level, channels, false) &&
      typeof scores === 'string';
    if (!valid) {
      throw new DriftcastError('STATE_INVALID', `restoring the scores of "${series}": the snapshot is damaged`, {
        hint: 'Remove the state file to start from the reference scores of the model.',
      });
    }
    this.hold(series, {
      memory: ScoreMemory.import(scores, this.reference),
      moving: {
        smoothed: Float64Array.from(snapshot.smoothed, (value) => value ?? Number.NaN),
        others: Float64Array.from(snapshot.others),
        level: Float64Array.from(snapshot.level),
      },
      alarmed: alarmed === true,
      heldOut: { alarmRows: heldOut.alarmRows, allowance: heldOut.allowance },
      lastMs: endMs,
    });
  }

  private scoreRow(inference: Inference, row: number, timeMs: number, state: SeriesState): RowVerdict {
    const { residual } = inference;
    const { pValue, keepPValue } = this.options;
    const learning = state.memory.size < scoresNeeded(pValue);
    const score = residual === null ? Number.NaN : this.statistics.advance(state.moving, residual, row);
    if (residual === null || Number.isNaN(score)) {
      return { timeMs, score: Number.NaN, pValue: 1, alarm: false, learning, topChannels: [] };
    }
    const p = state.memory.pValueOf(score);
    const alarm = !learning && p <= (state.alarmed ? Math.max(pValue, keepPValue) : pValue);
    state.alarmed = alarm;
    const { held, ...heldOut } = holdOut(state.heldOut, alarm, this.heldOutRule);
    state.heldOut = heldOut;
    if (!held) state.memory.insert(score);
    return { timeMs, score, pValue: p, alarm, learning, topChannels: this.contributions(inference, residual, row) };
  }

  private contributions(inference: Inference, residual: Residual, row: number): Contribution[] {
    const { values, length, newRows, channels } = inference.window;
    const { meanSquared, topChannels } = this.options;
    return largestShares(blameOf(residual, row, meanSquared), topChannels).map(({ channel, share }) => ({
      channel,
      share,
      observed: values[(length - newRows + row) * channels + channel],
      expected: residual.expected[row * channels + channel],
      halfWidth90: residual.halfWidth90[row * channels + channel],
    }));
  }

  private stateOf(series: string): SeriesState {
    const state = this.states.get(series) ?? {
      memory: new ScoreMemory(this.reference),
      moving: this.statistics.start(this.ordinary),
      alarmed: false,
      heldOut: heldOutAtStart(this.reference.levels.length, this.heldOutRule),
      lastMs: Number.NEGATIVE_INFINITY,
    };
    this.hold(series, state);
    return state;
  }

  /** A Map keeps the order of insertion: its first series is the one scored least recently. */
  private hold(series: string, state: SeriesState): void {
    this.states.delete(series);
    const oldest = this.states.keys().next();
    if (this.states.size >= this.options.seriesMax && !oldest.done) {
      this.states.delete(oldest.value);
      this.pending.forget(oldest.value);
    }
    this.states.set(series, state);
  }
}

const copyOf = ({ smoothed, others, level }: Moving): Moving => ({
  smoothed: smoothed.slice(),
  others: others.slice(),
  level: level.slice(),
});

/** Whether a value read from a snapshot is so many finite numbers, or nulls where they may be. */
const numbers = (values: unknown, count: number, nullable: boolean): boolean =>
  Array.isArray(values) &&
  values.length === count &&
  values.every((value) => Number.isFinite(value) || (nullable && value === null));

function median(numbers: Float64Array): number {
  const sorted = numbers.filter((x) => Number.isFinite(x)).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)];
}
