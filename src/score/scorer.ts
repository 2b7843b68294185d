import type { BufferFill } from '../core/buffer-fill.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Inference, Residual } from '../core/inference.ts';
import { PendingStates } from '../core/pending-states.ts';
import type { Contribution, RowVerdict, Verdict } from '../core/verdict.ts';
import {
  areNumbers,
  type GroupMark,
  type GroupPlan,
  type GroupRow,
  GroupScore,
  type GroupSnapshot,
  isOfGroup,
  planGroups,
} from './group-score.ts';
import { checkScoreOptions, type ScoreOptions } from './options.ts';
import { advanceOut, nothingOut, type OutSince } from './out-since.ts';
import { blameOf, largestShares } from './row-score.ts';

/** What replay cannot rebuild of a series' calibration, as of a delivered verdict. Plain and JSON-able. */
export interface ScoreSnapshot {
  /** Stamp of the newest row it has seen. */
  readonly endMs: number;
  readonly groups: readonly GroupSnapshot[];
  /** Since when channels are out of their ordinary, null where they are not, and rows in a row that were not; [channel]. */
  readonly outSinceMs: readonly (number | null)[];
  readonly outCalmRows: readonly number[];
}

interface Mark {
  readonly endMs: number;
  readonly groups: readonly GroupMark[];
  readonly out: OutSince;
}

interface SeriesState {
  readonly groups: readonly GroupScore[];
  out: OutSince;
  lastMs: number;
}

/**
 * Turns residuals into calibrated p-values. The score of a row (`statistics.ts`) enters its series' memory after its p-value is taken;
 * rows of an alarm do not, as far as there is an allowance for them (`held-out.ts`). Where channels are in groups, each group has a
 * score and a memory of its own, and the p-value of the row is the smallest of them times the number of groups.
 *
 * Invariant: no row counts twice. The windows of a series come in the order of their ends, and the window room suppresses
 * those that a replay brings again; should one come all the same, the rows that were scored before are left out of its
 * verdict, so that nothing overwrites what was said about them.
 */
export class Scorer {
  private readonly states = new Map<string, SeriesState>();
  private readonly pending: PendingStates<Mark>;
  private readonly plans: readonly GroupPlan[];

  /** @throws DriftcastError CONFIG_INVALID */
  constructor(private readonly options: ScoreOptions) {
    checkScoreOptions(options);
    this.plans = planGroups(options);
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
      if (timeMs - state.lastMs > (length / 2) * stepMs) {
        for (const group of state.groups) group.interrupt();
        state.out = nothingOut(this.options.meanSquared.length);
      }
      state.lastMs = timeMs;
      rows.push(this.scoreRow(inference, row, timeMs, state));
    }
    const { groups, out } = state;
    if (rows.length > 0)
      this.pending.put(series, endMs, {
        endMs,
        groups: groups.map((group) => group.mark()),
        out: { sinceMs: out.sinceMs.slice(), calmRows: out.calmRows.slice() },
      });
    // of the group that is furthest from being able to tell
    const { remembered, needed } = groups.reduce((a, b) => (b.remembered < a.remembered ? b : a));
    return { inference, rows, learnt: { scores: Math.min(remembered, needed), needed } };
  }

  /**
   * The state of the series as of its verdict at `timeMs`, to be made durable once that is delivered. It and older states
   * are forgotten; null when it is not known (any more).
   */
  takeState(series: string, timeMs: number): ScoreSnapshot | null {
    const mark = this.pending.take(series, timeMs);
    const state = this.states.get(series);
    if (mark === null || state === undefined) return null;
    const groups = mark.groups.map((group, g) => state.groups[g]?.snapshotAt(group) ?? null);
    if (!groups.every((group) => group !== null)) return null;
    const outSinceMs = [...mark.out.sinceMs].map((value) => (Number.isNaN(value) ? null : value));
    return { endMs: mark.endMs, groups, outSinceMs, outCalmRows: [...mark.out.calmRows] };
  }

  /**
   * Sets the state a series goes on from; null: it starts afresh. To be called at the start, and for every series of a
   * partition that is reset. @throws DriftcastError STATE_INVALID
   */
  restore(series: string, snapshot: ScoreSnapshot | null): void {
    this.pending.forget(series);
    this.states.delete(series);
    if (snapshot === null) return;
    const channels = this.options.meanSquared.length;
    const { endMs, groups, outSinceMs, outCalmRows } = snapshot;
    const restored =
      Number.isFinite(endMs) &&
      Array.isArray(groups) &&
      areNumbers(outSinceMs, channels, true) &&
      areNumbers(outCalmRows, channels, false)
        ? this.plans.map((plan) => restoredGroup(plan, groups))
        : [];
    if (restored.length === 0 || !restored.every((group) => group !== null)) {
      throw new DriftcastError('STATE_INVALID', `restoring the scores of "${series}": the snapshot is damaged`, {
        hint: 'Remove the state file to start from the reference scores of the model.',
      });
    }
    const out = {
      sinceMs: Float64Array.from(outSinceMs, (value) => value ?? Number.NaN),
      calmRows: Float64Array.from(outCalmRows),
    };
    this.hold(series, { groups: restored, out, lastMs: endMs });
  }

  private scoreRow(inference: Inference, row: number, timeMs: number, state: SeriesState): RowVerdict {
    const { residual } = inference;
    const learning = state.groups.every(({ remembered, needed }) => remembered < needed);
    const told = residual === null ? null : worstOf(state.groups, residual, row);
    if (residual === null || told === null) {
      return { timeMs, score: Number.NaN, pValue: 1, alarm: false, learning, topChannels: [] };
    }
    const { plan, score, pValue, alarm } = told;
    return {
      timeMs,
      score,
      pValue: Math.min(1, pValue * this.plans.length),
      alarm,
      learning,
      topChannels: this.contributions(inference, residual, row, timeMs, state.out, plan),
      ...(plan.name === '' ? {} : { group: plan.name }),
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

  private stateOf(series: string): SeriesState {
    const state = this.states.get(series) ?? {
      groups: this.plans.map((plan) => new GroupScore(plan)),
      out: nothingOut(this.options.meanSquared.length),
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

/** A group that the snapshot does not know learns what is ordinary from the feed. null: what it knows of it is damaged. */
function restoredGroup(plan: GroupPlan, groups: readonly GroupSnapshot[]): GroupScore | null {
  const snapshot = groups.find((group) => isOfGroup(plan, group));
  return snapshot === undefined ? new GroupScore(plan) : GroupScore.restored(plan, snapshot);
}

/** The group that is least ordinary, one in alarm before others; null where no channel of any is scored. All of them take the row in. */
function worstOf(
  groups: readonly GroupScore[],
  residual: Residual,
  row: number,
): (GroupRow & { readonly plan: GroupPlan }) | null {
  let worst: (GroupRow & { readonly plan: GroupPlan }) | null = null;
  for (const group of groups) {
    const own = group.advance(residual, row);
    if (own === null) continue;
    const before =
      worst === null ||
      Number(own.alarm) > Number(worst.alarm) ||
      (own.alarm === worst.alarm &&
        (own.pValue < worst.pValue || (own.pValue === worst.pValue && own.score > worst.score)));
    if (before) worst = { ...own, plan: group.plan };
  }
  return worst;
}
