import { DriftcastError } from '../core/errors.ts';
import type { Inference, Residual } from '../core/inference.ts';
import { PendingStates } from '../core/pending-states.ts';
import type { Contribution, RowVerdict, Verdict } from '../core/verdict.ts';
import { checkScoreOptions, type ScoreOptions, scoresNeeded } from './options.ts';
import { largestShares, rowScore } from './row-score.ts';
import { createReference, type Reference, ScoreMemory } from './score-memory.ts';
import { advanceBias, slowKeep, slowScore } from './slow-bias.ts';

/** What replay cannot rebuild of a series' calibration, as of a delivered verdict. Plain and JSON-able. */
export interface ScoreSnapshot {
  /** Stamp of the newest row it has seen. */
  readonly endMs: number;
  /** The smoothed score; null before the first one. */
  readonly smoothed: number | null;
  /** Whether an alarm is open. */
  readonly alarmed: boolean;
  /** Rows of the open alarm that were not remembered. */
  readonly heldOut: number;
  /** Moving means of the signed residuals, [channel]. */
  readonly bias: readonly number[];
  /** The remembered scores (`ScoreMemory.export`). */
  readonly scores: string;
}

interface Mark {
  readonly endMs: number;
  readonly smoothed: number;
  readonly alarmed: boolean;
  readonly heldOut: number;
  readonly bias: readonly number[];
  readonly total: number;
}

interface SeriesState {
  memory: ScoreMemory;
  /** NaN before the first score. */
  smoothed: number;
  alarmed: boolean;
  heldOut: number;
  readonly bias: Float64Array;
  lastMs: number;
}

/**
 * Turns residuals into calibrated p-values. The score of a row is the geometric mean of two: its smoothed squared residuals, and the
 * squared smoothed residuals (`slow-bias.ts`). It enters its series' memory after its p-value is taken; the first rows of an alarm do
 * not, so that one fault does not hide the next, but only so many: leaving all out would raise the rate of false alarms without bound.
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
  private readonly keep: number;
  private readonly keepSlow: number;

  /** @throws DriftcastError CONFIG_INVALID */
  constructor(private readonly options: ScoreOptions) {
    checkScoreOptions(options);
    this.reference = createReference(options.referenceScores, options.memoryScores);
    this.ordinary = median(options.referenceScores);
    this.keep = options.halfLifeSteps > 0 ? 2 ** (-1 / options.halfLifeSteps) : 0;
    this.keepSlow = slowKeep(options.slowHalfLifeSteps);
    this.pending = new PendingStates(options.pendingStatesMax ?? 8192);
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
        state.smoothed = this.ordinary;
        state.alarmed = false;
        state.bias.fill(0);
      }
      state.lastMs = timeMs;
      rows.push(this.scoreRow(inference, row, timeMs, state));
    }
    const { smoothed, alarmed, heldOut } = state;
    if (rows.length > 0)
      this.pending.put(series, endMs, {
        endMs,
        smoothed,
        alarmed,
        heldOut,
        bias: [...state.bias],
        total: state.memory.total,
      });
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
    const { endMs, smoothed, alarmed, heldOut, bias } = mark;
    return { endMs, smoothed: Number.isNaN(smoothed) ? null : smoothed, alarmed, heldOut, bias, scores };
  }

  /**
   * Sets the state a series goes on from; null: it starts afresh. To be called at the start, and for every series of a
   * partition that is reset. @throws DriftcastError STATE_INVALID
   */
  restore(series: string, snapshot: ScoreSnapshot | null): void {
    this.pending.forget(series);
    this.states.delete(series);
    if (snapshot === null) return;
    const { endMs, smoothed, alarmed, heldOut, bias, scores } = snapshot;
    const damaged =
      !Number.isFinite(heldOut) ||
      !Array.isArray(bias) ||
      bias.length !== this.options.meanSquared.length ||
      !bias.every(Number.isFinite);
    if (
      damaged ||
      !Number.isFinite(endMs) ||
      (smoothed !== null && !Number.isFinite(smoothed)) ||
      typeof scores !== 'string'
    ) {
      throw new DriftcastError('STATE_INVALID', `restoring the scores of "${series}": the snapshot is damaged`, {
        hint: 'Remove the state file to start from the reference scores of the model.',
      });
    }
    const memory = ScoreMemory.import(scores, this.reference);
    this.hold(series, {
      memory,
      smoothed: smoothed ?? Number.NaN,
      alarmed: alarmed === true,
      heldOut,
      bias: Float64Array.from(bias),
      lastMs: endMs,
    });
  }

  private scoreRow(inference: Inference, row: number, timeMs: number, state: SeriesState): RowVerdict {
    const { residual } = inference;
    const { meanSquared, pValue, keepPValue } = this.options;
    const learning = state.memory.size < scoresNeeded(pValue);
    const raw = residual === null ? Number.NaN : rowScore(residual.squared, row, meanSquared);
    if (residual === null || Number.isNaN(raw)) {
      return { timeMs, score: Number.NaN, pValue: 1, alarm: false, learning, topChannels: [] };
    }
    state.smoothed = Number.isNaN(state.smoothed) ? raw : this.keep * state.smoothed + (1 - this.keep) * raw;
    const score = this.withBias(residual, row, state);
    const p = state.memory.pValueOf(score);
    const alarm = !learning && p <= (state.alarmed ? Math.max(pValue, keepPValue) : pValue);
    state.alarmed = alarm;
    state.heldOut = alarm ? state.heldOut + 1 : 0;
    if (state.heldOut === 0 || state.heldOut > this.options.heldOutRowsMax) state.memory.insert(score);
    return { timeMs, score, pValue: p, alarm, learning, topChannels: this.contributions(inference, residual, row) };
  }

  private withBias(residual: Residual, row: number, state: SeriesState): number {
    if (residual.bias === undefined) return state.smoothed;
    advanceBias(state.bias, residual.bias, row, this.keepSlow);
    const slow = slowScore(state.bias, this.options.slowMeanSquared);
    return Number.isNaN(slow) ? state.smoothed : Math.sqrt(state.smoothed * slow);
  }

  private contributions(inference: Inference, residual: Residual, row: number): Contribution[] {
    const { values, length, newRows, channels } = inference.window;
    const { meanSquared, topChannels } = this.options;
    return largestShares(residual.squared, row, meanSquared, topChannels).map(({ channel, share }) => ({
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
      smoothed: this.ordinary,
      alarmed: false,
      heldOut: 0,
      bias: new Float64Array(this.options.meanSquared.length),
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

function median(numbers: Float64Array): number {
  const sorted = numbers.filter((x) => Number.isFinite(x)).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)];
}
