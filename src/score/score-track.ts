import type { Learnt } from '../core/verdict.ts';
import {
  type GroupMark,
  type GroupPlan,
  type GroupRow,
  GroupScore,
  type GroupSnapshot,
  isOfGroup,
} from './group-score.ts';
import type { Parts } from './statistics.ts';

export interface TrackRow extends GroupRow {
  /** The group that says so: the one that is least ordinary, one in alarm before others. */
  readonly group: GroupPlan;
}

/** One way of scoring a series: the model's, or a reference's. Where channels are in groups, each has a score and a memory of its own. */
export class ScoreTrack {
  readonly #groups: readonly GroupScore[];

  constructor(plans: readonly GroupPlan[], groups = plans.map((plan) => new GroupScore(plan))) {
    this.#groups = groups;
  }

  /** Whether no group can raise an alarm yet. */
  get learning(): boolean {
    return this.#groups.every(({ remembered, needed }) => remembered < needed);
  }

  /** Of the group that is furthest from being able to tell. */
  get learnt(): Learnt {
    const { remembered, needed } = this.#groups.reduce((a, b) => (b.remembered < a.remembered ? b : a));
    return { scores: Math.min(remembered, needed), needed };
  }

  interrupt(): void {
    for (const group of this.#groups) group.interrupt();
  }

  /** Takes a row in; its p-value is the smallest of its groups' times their number (Bonferroni). null where no channel is scored. */
  advance(parts: Parts, row: number): TrackRow | null {
    let worst: TrackRow | null = null;
    for (const group of this.#groups) {
      const own = group.advance(parts, row);
      if (own !== null && (worst === null || isBefore(own, worst))) worst = { ...own, group: group.plan };
    }
    return worst && { ...worst, pValue: Math.min(1, worst.pValue * this.#groups.length) };
  }

  mark(): readonly GroupMark[] {
    return this.#groups.map((group) => group.mark());
  }

  /** A mark written down; null when it was taken too long ago. */
  snapshotAt(mark: readonly GroupMark[]): GroupSnapshot[] | null {
    const groups = mark.map((own, g) => this.#groups[g]?.snapshotAt(own) ?? null);
    return groups.every((group) => group !== null) ? groups : null;
  }

  /**
   * A group that the snapshot does not know learns what is ordinary from the feed. null: what it knows of one is damaged.
   * @throws DriftcastError STATE_INVALID where remembered scores are damaged
   */
  static restored(plans: readonly GroupPlan[], snapshots: readonly GroupSnapshot[]): ScoreTrack | null {
    if (!Array.isArray(snapshots)) return null;
    const groups = plans.map((plan) => {
      const snapshot = snapshots.find((group) => isOfGroup(plan, group));
      return snapshot === undefined ? new GroupScore(plan) : GroupScore.restored(plan, snapshot);
    });
    return groups.every((group) => group !== null) ? new ScoreTrack(plans, groups) : null;
  }
}

const isBefore = (a: GroupRow, b: GroupRow): boolean =>
  Number(a.alarm) > Number(b.alarm) ||
  (a.alarm === b.alarm && (a.pValue < b.pValue || (a.pValue === b.pValue && a.score > b.score)));
