import type { BufferFill } from '../core/buffer-fill.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Inference, Residual } from '../core/inference.ts';
import { PendingStates } from '../core/pending-states.ts';
import { byReference, type OfReferences } from '../core/reference-names.ts';
import type { Contribution, RowVerdict, Verdict } from '../core/verdict.ts';
import { areNumbers, type GroupMark, type GroupPlan, type GroupSnapshot, planGroups } from './group-score.ts';
import { checkScoreOptions, type ScoreOptions } from './options.ts';
import { advanceOut, nothingOut, type OutSince } from './out-since.ts';
import { References } from './references.ts';
import { blameOf, largestShares } from './row-score.ts';
import { ScoreTrack } from './score-track.ts';

/** What replay cannot rebuild of a series' calibration, as of a delivered verdict. Plain and JSON-able. */
export interface ScoreSnapshot {
  /** Stamp of the newest row it has seen. */
  readonly endMs: number;
  readonly groups: readonly GroupSnapshot[];
  /** Since when channels are out of their ordinary, null where they are not, and rows in a row that were not; [channel]. */
  readonly outSinceMs: readonly (number | null)[];
  readonly outCalmRows: readonly number[];
  /** Absent in states of versions without references, and where these are switched off: they start afresh. */
  readonly references?: OfReferences<readonly GroupSnapshot[]>;
}

interface Mark {
  readonly endMs: number;
  readonly groups: readonly GroupMark[];
  readonly references: OfReferences<readonly GroupMark[]> | null;
  readonly out: OutSince;
}

interface SeriesState {
  readonly own: ScoreTrack;
  readonly references: References | null;
  out: OutSince;
  lastMs: number;
}

/**
 * Turns residuals into calibrated p-values. The score of a row (`statistics.ts`) enters its series' memory after its p-value is taken;
 * rows of an alarm do not, as far as there is an allowance for them (`held-out.ts`). Where channels are in groups, each group has a
 * score and a memory of its own, and the p-value of the row is the smallest of them times the number of groups. References go the same
 * way beside it.
 *
 * Invariant: no row counts twice. The windows of a series come in the order of their ends, and the window room suppresses
 * those that a replay brings again; should one come all the same, the rows that were scored before are left out of its
 * verdict, so that nothing overwrites what was said about them.
 */
export class Scorer {
  private readonly states = new Map<string, SeriesState>();
  private readonly pending: PendingStates<Mark>;
  private readonly plans: readonly GroupPlan[];
  private readonly referencePlans: OfReferences<readonly GroupPlan[]> | null;
  /** Series that have references. */
  private referenced = 0;

  /** @throws DriftcastError CONFIG_INVALID */
  constructor(private readonly options: ScoreOptions) {
    checkScoreOptions(options);
    this.plans = planGroups(options);
    this.referencePlans = planReferences(options);
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
    const { own, references } = state;
    const referencesAt = references?.over(inference.residual);
    const rows: RowVerdict[] = [];
    for (let row = 0; row < newRows; row++) {
      const timeMs = endMs - (newRows - 1 - row) * stepMs;
      if (timeMs <= state.lastMs) continue;
      if (timeMs - state.lastMs > (length / 2) * stepMs) {
        own.interrupt();
        references?.interrupt();
        state.out = nothingOut(this.options.meanSquared.length);
      }
      state.lastMs = timeMs;
      const verdict = this.scoreRow(inference, row, timeMs, state);
      rows.push(referencesAt === undefined ? verdict : { ...verdict, references: referencesAt(row) });
    }
    if (rows.length > 0) this.pending.put(series, endMs, markOf(state, endMs));
    const { learnt } = own;
    return { inference, rows, learnt, ...(references === null ? {} : { referencesLearnt: references.learnt }) };
  }

  /** The event of the series at `timeMs` is delivered: no older state will be asked for. */
  delivered(series: string, timeMs: number): void {
    this.pending.passed(series, timeMs);
  }

  /**
   * The state of the series as of its verdict at `timeMs`, to be made durable once that is delivered. It and older states
   * are forgotten; null when it is not known (any more).
   */
  takeState(series: string, timeMs: number): ScoreSnapshot | null {
    const mark = this.pending.take(series, timeMs);
    const state = this.states.get(series);
    if (mark === null || state === undefined) return null;
    const groups = state.own.snapshotAt(mark.groups);
    if (groups === null) return null;
    const references = mark.references && state.references?.snapshotAt(mark.references);
    const outSinceMs = [...mark.out.sinceMs].map((value) => (Number.isNaN(value) ? null : value));
    const outCalmRows = [...mark.out.calmRows];
    return { endMs: mark.endMs, groups, outSinceMs, outCalmRows, ...(references ? { references } : {}) };
  }

  /**
   * Sets the state a series goes on from; null: it starts afresh. To be called at the start, and for every series of a
   * partition that is reset. @throws DriftcastError STATE_INVALID
   */
  restore(series: string, snapshot: ScoreSnapshot | null): void {
    this.pending.forget(series);
    this.forget(series);
    if (snapshot === null) return;
    const channels = this.options.meanSquared.length;
    const { endMs, groups, outSinceMs, outCalmRows } = snapshot;
    const valid =
      Number.isFinite(endMs) && areNumbers(outSinceMs, channels, true) && areNumbers(outCalmRows, channels, false);
    const own = valid ? ScoreTrack.restored(this.plans, groups) : null;
    const plans = this.hasRoom ? this.referencePlans : null;
    const known = snapshot.references !== undefined;
    const references = plans !== null && known ? References.restored(plans, snapshot.references) : this.newReferences();
    if (own === null || (plans !== null && references === null)) {
      throw new DriftcastError('STATE_INVALID', `restoring the scores of "${series}": the snapshot is damaged`, {
        hint: 'Remove the state file to start from the reference scores of the model.',
      });
    }
    const out = {
      sinceMs: Float64Array.from(outSinceMs, (value) => value ?? Number.NaN),
      calmRows: Float64Array.from(outCalmRows),
    };
    this.hold(series, { own, references, out, lastMs: endMs });
  }

  private scoreRow(inference: Inference, row: number, timeMs: number, state: SeriesState): RowVerdict {
    const { residual } = inference;
    const { learning } = state.own;
    const told = residual && state.own.advance(residual, row);
    if (residual === null || told === null) {
      return { timeMs, score: Number.NaN, pValue: 1, alarm: false, learning, topChannels: [] };
    }
    const { group, score, pValue, alarm } = told;
    return {
      timeMs,
      score,
      pValue,
      alarm,
      learning,
      topChannels: this.contributions(inference, residual, row, timeMs, state.out, group),
      ...(group.name === '' ? {} : { group: group.name }),
    };
  }

  /** The channels of the group with the most blame. */
  private contributions(
    inference: Inference,
    residual: Residual,
    row: number,
    timeMs: number,
    out: OutSince,
    { has }: GroupPlan,
  ): Contribution[] {
    const { values, length, newRows, channels } = inference.window;
    const { meanSquared, topChannels } = this.options;
    const blame = blameOf(residual, row, meanSquared);
    advanceOut(out, blame, timeMs);
    const own = blame.map((value, channel) => (has[channel] ? value : Number.NaN));
    return largestShares(own, topChannels).map(({ channel, share }) => ({
      channel,
      share,
      observed: values[(length - newRows + row) * channels + channel],
      expected: residual.expected[row * channels + channel],
      halfWidth90: residual.halfWidth90[row * channels + channel],
      sinceMs: Number.isNaN(out.sinceMs[channel]) ? null : out.sinceMs[channel],
    }));
  }

  /** Those of a series that comes new; null where there are none, or enough series have them. */
  private newReferences(): References | null {
    const { referencePlans: plans } = this;
    return plans === null || !this.hasRoom ? null : new References(plans);
  }

  private get hasRoom(): boolean {
    return this.referenced < (this.options.referencesSeriesMax ?? Number.POSITIVE_INFINITY);
  }

  private forget(series: string): void {
    if ((this.states.get(series)?.references ?? null) !== null) this.referenced--;
    this.states.delete(series);
  }

  private stateOf(series: string): SeriesState {
    const state = this.states.get(series) ?? {
      own: new ScoreTrack(this.plans),
      references: this.newReferences(),
      out: nothingOut(this.options.meanSquared.length),
      lastMs: Number.NEGATIVE_INFINITY,
    };
    this.hold(series, state);
    return state;
  }

  /** A Map keeps the order of insertion: its first series is the one scored least recently. */
  private hold(series: string, state: SeriesState): void {
    this.forget(series);
    const oldest = this.states.keys().next();
    if (this.states.size >= this.options.seriesMax && !oldest.done) {
      this.forget(oldest.value);
      this.pending.forget(oldest.value);
    }
    this.states.set(series, state);
    if (state.references !== null) this.referenced++;
  }
}

function planReferences(options: ScoreOptions): OfReferences<readonly GroupPlan[]> | null {
  const { references } = options;
  return references === undefined ? null : byReference((name) => planGroups({ ...options, ...references[name] }));
}

const markOf = ({ own, references, out }: SeriesState, endMs: number): Mark => ({
  endMs,
  groups: own.mark(),
  references: references?.mark() ?? null,
  out: { sinceMs: out.sinceMs.slice(), calmRows: out.calmRows.slice() },
});
