import { type HeldOut, type HeldOutRule, heldOutAtStart, holdOut } from './held-out.ts';
import { type ScoreOptions, scoresNeeded } from './options.ts';
import { createReference, type Reference, ScoreMemory } from './score-memory.ts';
import { type Moving, type Parts, Statistics, smoothedNames } from './statistics.ts';

/** One group of channels as all series have it. */
export interface GroupPlan {
  readonly name: string;
  readonly channels: readonly number[];
  /** Whether a channel is in it, [channel]. */
  readonly has: readonly boolean[];
  readonly statistics: Statistics;
  readonly reference: Reference;
  /** Where smoothing starts: an ordinary score, so that a first row alone is no alarm. NaN without reference scores. */
  readonly ordinary: number;
  readonly heldOutRule: HeldOutRule;
  /** Scores that are remembered before an alarm can open. */
  readonly needed: number;
  /** Share of the series' p-values that are the group's: as many groups as there are may raise an alarm (Bonferroni). */
  readonly pValue: number;
  readonly keepPValue: number;
}

/** Without groups all channels are one, without a name. */
export function planGroups(options: ScoreOptions): GroupPlan[] {
  const channels = options.meanSquared.length;
  const all = [...options.meanSquared.keys()];
  const groups =
    options.groups === undefined || options.groups.length === 0
      ? [{ name: '', channels: all, referenceScores: options.referenceScores }]
      : options.groups;
  const pValue = options.pValue / groups.length;
  return groups.map((group) => {
    const has = all.map((channel) => group.channels.includes(channel));
    const within = (values: Float64Array) => values.map((value, channel) => (has[channel] ? value : Number.NaN));
    const masked = {
      ...options,
      meanSquared: within(options.meanSquared),
      slowMeanSquared: within(options.slowMeanSquared),
    };
    return {
      name: group.name,
      channels: group.channels,
      has,
      statistics: new Statistics(masked, within(new Float64Array(channels).fill(1))),
      reference: createReference(group.referenceScores, options.memoryScores),
      ordinary: median(group.referenceScores),
      heldOutRule: { rowsMax: options.heldOutRowsMax, share: options.heldOutRatio * pValue },
      needed: Math.max(scoresNeeded(pValue), Math.min(options.learnScoresMin ?? 0, options.memoryScores)),
      pValue,
      keepPValue: Math.max(pValue, options.keepPValue / groups.length),
    };
  });
}

/** What replay cannot rebuild of a group of a series. Plain and JSON-able. */
export interface GroupSnapshot {
  /** Which group it is: the file may name others by now. */
  readonly name: string;
  readonly channels: readonly number[];
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

/** The group as of some row, to be written down later. */
export interface GroupMark {
  readonly moving: Moving;
  readonly alarmed: boolean;
  readonly heldOut: HeldOut;
  readonly total: number;
}

export interface GroupRow {
  readonly score: number;
  /** Rank among the group's own scores. */
  readonly pValue: number;
  readonly alarm: boolean;
}

/** Smoothing, memory and alarm of one group of channels of one series. */
export class GroupScore {
  readonly plan: GroupPlan;
  #memory: ScoreMemory;
  #moving: Moving;
  #alarmed = false;
  #heldOut: HeldOut;

  constructor(plan: GroupPlan) {
    this.plan = plan;
    this.#memory = new ScoreMemory(plan.reference);
    this.#moving = plan.statistics.start(plan.ordinary);
    this.#heldOut = heldOutAtStart(plan.reference.levels.length, plan.heldOutRule);
  }

  /** Scores that are remembered, and how many it takes before an alarm can open. */
  get remembered(): number {
    return this.#memory.size;
  }
  get needed(): number {
    return this.plan.needed;
  }

  /** After a gap the smoothed score tells of a time that is over; what is ordinary still holds. */
  interrupt(): void {
    this.#moving = this.plan.statistics.start(this.plan.ordinary);
    this.#alarmed = false;
  }

  /** Takes a row in; null, and nothing taken in, where no channel of the group is scored. */
  advance(parts: Parts, row: number): GroupRow | null {
    const score = this.plan.statistics.advance(this.#moving, parts, row);
    if (Number.isNaN(score)) return null;
    const learning = this.remembered < this.needed;
    const pValue = this.#memory.pValueOf(score);
    const { pValue: open, keepPValue: keep, heldOutRule } = this.plan;
    const alarm = !learning && pValue <= (this.#alarmed ? keep : open);
    this.#alarmed = alarm;
    const { held, ...heldOut } = holdOut(this.#heldOut, alarm, heldOutRule);
    this.#heldOut = heldOut;
    if (!held) this.#memory.insert(score);
    return { score, pValue, alarm };
  }

  mark(): GroupMark {
    const { smoothed, others, level } = this.#moving;
    const moving = { smoothed: smoothed.slice(), others: others.slice(), level: level.slice() };
    return { moving, alarmed: this.#alarmed, heldOut: this.#heldOut, total: this.#memory.total };
  }

  /** A mark written down; null when it was taken too long ago. */
  snapshotAt({ moving, alarmed, heldOut, total }: GroupMark): GroupSnapshot | null {
    const scores = this.#memory.export(total);
    if (scores === null) return null;
    const smoothed = [...moving.smoothed].map((value) => (Number.isNaN(value) ? null : value));
    const { name, channels } = this.plan;
    return { name, channels, smoothed, alarmed, heldOut, others: [...moving.others], level: [...moving.level], scores };
  }

  /** null where the snapshot is not one of such a group. @throws DriftcastError STATE_INVALID where its scores are damaged */
  static restored(plan: GroupPlan, snapshot: GroupSnapshot): GroupScore | null {
    const channels = plan.has.length;
    const valid =
      Number.isFinite(snapshot?.heldOut?.alarmRows) &&
      Number.isFinite(snapshot.heldOut.allowance) &&
      areNumbers(snapshot.smoothed, smoothedNames.length, true) &&
      areNumbers(snapshot.others, channels, false) &&
      areNumbers(snapshot.level, channels, false) &&
      typeof snapshot.scores === 'string';
    if (!valid) return null;
    const group = new GroupScore(plan);
    group.#memory = ScoreMemory.import(snapshot.scores, plan.reference);
    group.#moving = {
      smoothed: Float64Array.from(snapshot.smoothed, (value) => value ?? Number.NaN),
      others: Float64Array.from(snapshot.others),
      level: Float64Array.from(snapshot.level),
    };
    group.#alarmed = snapshot.alarmed === true;
    group.#heldOut = { alarmRows: snapshot.heldOut.alarmRows, allowance: snapshot.heldOut.allowance };
    return group;
  }
}

/** Whether a snapshot is of this very group. */
export const isOfGroup = ({ name, channels }: GroupPlan, snapshot: GroupSnapshot): boolean =>
  snapshot?.name === name && Array.isArray(snapshot.channels) && snapshot.channels.join() === channels.join();

/** Whether a value read from a snapshot is so many finite numbers, or nulls where they may be. */
export const areNumbers = (values: unknown, count: number, nullable: boolean): boolean =>
  Array.isArray(values) &&
  values.length === count &&
  values.every((value) => Number.isFinite(value) || (nullable && value === null));

function median(numbers: Float64Array): number {
  const sorted = numbers.filter((x) => Number.isFinite(x)).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)];
}
