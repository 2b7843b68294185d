import type { Channel } from '../../core/channel.ts';
import { type DriftAction, type DriftFinding, type DriftKind, driftKinds } from '../../core/drift.ts';
import { pack, unpack64 } from '../../core/packed.ts';
import { unbend } from '../../core/transform.ts';
import { type Normalizer, scalesOf } from '../normalizer.ts';
import { Block, type BlockMark, type BlockSummary, binCount, blockWidth, writeBlock } from './block.ts';
import { type FloatTable, floatTable, widthOf } from './float-table.ts';
import { advanceStreaks, blocksMin, isOff, nameDrift, type Streaks } from './name-drift.ts';
import {
  adoptBlock,
  createReference,
  type Deviations,
  forgetReference,
  judgeBlock,
  learnBlock,
  levelOf,
  type Reference,
  referenceWidth,
  spreadOf,
} from './reference.ts';

export interface DriftOptions {
  readonly stepMs: number;
  /** A season: what blocks are compared over. */
  readonly blockMs: number;
  /** Blocks that say what is ordinary, at the start. */
  readonly referenceBlocks: number;
  readonly action: Exclude<DriftAction, 'off'>;
  readonly channels: readonly Channel[];
}

const levelsKept = 6;
/** What has been found out, a channel. */
const layout = {
  levelStreak: 1,
  shapeStreak: 1,
  moveStreak: 1,
  /** Levels of the newest blocks, oldest first; NaN before there are any. */
  levels: levelsKept,
  /** 1 + index into `driftKinds`, but for a frozen sensor; 0: nothing is found. */
  kind: 1,
  sinceMs: 1,
  was: 1,
  now: 1,
  size: 1,
  /** Ordinary blocks in a row since. */
  calm: 1,
  /** Number of the first of the blocks in a row that are off. */
  offBlock: 1,
  /** 1: the sensor is frozen, whatever else is found. */
  frozen: 1,
  /** Longest run of the newest block in which it was not. */
  recentRun: 1,
} as const;

/** Number of the block that rows go into, whether it has been seen from its beginning, and the length of all of them. */
const progress = { block: 1, whole: 1, blockMs: 1 } as const;

/**
 * A frozen sensor says the same for this many times longer than ever before, and than yesterday, and for this many values at least; it is
 * frozen until it says something else.
 */
const frozenTimes = 4;
const frozenRowsMin = 24;

/** State of a series as of some row, to be written down later (`encodeDrift`). */
export interface DriftMark {
  readonly block: BlockMark;
  readonly parts: readonly Float64Array[];
}

/**
 * Watches one series for what has changed for good. The first blocks (days, say) tell what is ordinary: level, course of the day,
 * noise, how long a value stays the same, and how far blocks are apart in each. A channel that is off for two blocks in a row has
 * drifted, until two in a row are as before. A frozen sensor is told at once.
 *
 * Its state is a function of the rows, in their order, alone. Memory: 80 numbers a channel.
 */
export class DriftWatch {
  readonly #options: DriftOptions;
  /** Channels that are measured. */
  readonly #watched: readonly number[];
  readonly #block: Block;
  /** [channel]: the row that is being taken in. */
  readonly #bounded: Float64Array;
  readonly #progress: FloatTable<typeof progress>;
  /** Change at the end of a block alone: a mark shares them until then. */
  #reference: Reference;
  #state: FloatTable<typeof layout>;
  #findings: readonly DriftFinding[] = [];

  /**
   * @param restored an `encodeDrift` of the same channels; null, or one of blocks of another length: nothing is known
   * @throws DriftcastError STATE_INVALID
   */
  constructor(options: DriftOptions, restored: string | null = null) {
    const channels = options.channels.length;
    this.#options = options;
    this.#bounded = new Float64Array(channels);
    this.#watched = options.channels.flatMap(({ kind }, channel) => (kind === 'gauge' ? [channel] : []));
    const known = restored === null ? null : partsOf(restored, channels);
    const isSame = known !== null && floatTable(progress, 1, known[1]).of.blockMs[0] === options.blockMs;
    const parts = isSame ? known : [];
    this.#block = new Block(channels, parts[0]);
    this.#progress = floatTable(progress, 1, parts[1] ?? Float64Array.of(Number.NEGATIVE_INFINITY, 0, options.blockMs));
    this.#reference = createReference(channels, parts[2]);
    this.#state = floatTable(layout, channels, parts[3]);
    if (isSame) this.#show();
    else this.#state.of.levels.fill(Number.NaN);
  }

  /** Channels that are not what they were, in their order. The same array as long as nothing changes. */
  get findings(): readonly DriftFinding[] {
    return this.#findings;
  }

  /** Whether the normaliser must not follow a channel: it is held, or its sensor says nothing. */
  holds(channel: number): boolean {
    const isFrozen = this.#state.of.frozen[channel] === 1;
    return isFrozen || (this.#options.action === 'hold' && this.#kindOf(channel) !== null);
  }

  /**
   * Takes the cells [channel] of a row that has closed, NaN where nothing was observed; rows come in their order. Where something is found that is to be adapted to or
   * held, the normaliser is set accordingly.
   */
  advance(row: number, cells: Float64Array, normalizer: Normalizer): void {
    const { stepMs, blockMs } = this.#options;
    const timeMs = row * stepMs;
    const number = Math.floor(timeMs / blockMs);
    const at = this.#progress.of;
    if (number !== at.block[0]) {
      // of the first block the beginning may be missing
      if (at.whole[0] === 1) this.#endBlock(at.block[0], normalizer);
      at.whole[0] = at.block[0] === Number.NEGATIVE_INFINITY && timeMs - number * blockMs >= stepMs ? 0 : 1;
      at.block[0] = number;
      this.#block.clear();
    }
    this.#block.begin(Math.floor(((timeMs - number * blockMs) * binCount) / blockMs));
    const bounded = this.#bounded;
    boundCells(normalizer, cells, bounded);
    for (const channel of this.#watched) {
      if (Number.isNaN(bounded[channel])) continue;
      this.#block.add(channel, row, bounded);
      this.#watchFrozen(channel);
    }
  }

  /** The state as of the row taken last. */
  mark(): DriftMark {
    return {
      block: this.#block.mark(),
      parts: [this.#progress.all.slice(), this.#reference.all, this.#state.all],
    };
  }

  #kindOf(channel: number): DriftKind | null {
    return driftKinds[this.#state.of.kind[channel] - 1] ?? null;
  }

  #learning(channel: number): boolean {
    return this.#reference.of.blocks[channel] < this.#options.referenceBlocks;
  }

  #watchFrozen(channel: number): void {
    const { frozen, recentRun } = this.#state.of;
    const run = this.#block.of.run[channel];
    if (frozen[channel] === 1 ? run > 1 : !this.#isFreezing(channel, run, recentRun[channel])) return;
    this.#own();
    this.#state.of.frozen[channel] = 1 - frozen[channel];
    this.#show();
  }

  #isFreezing(channel: number, run: number, recentRun: number): boolean {
    const longest = Math.max(this.#reference.of.longestRun[channel], recentRun);
    return !this.#learning(channel) && longest > 0 && run > Math.max(frozenRowsMin, frozenTimes * longest);
  }

  #endBlock(number: number, normalizer: Normalizer): void {
    this.#own();
    for (const channel of this.#watched) {
      const block = this.#block.summaryOf(channel);
      // what a frozen sensor says tells nothing of level, course and noise
      if (block.rows === 0 || this.#state.of.frozen[channel] === 1) continue;
      this.#state.of.recentRun[channel] = block.longestRun;
      // a channel that stood still so far has no ordinary to drift from: it learns when it begins to move
      if (block.variance > 0 && !(spreadOf(this.#reference, channel) > 0)) forgetReference(this.#reference, channel);
      if (this.#learning(channel)) learnBlock(this.#reference, channel, block);
      else {
        const deviations = judgeBlock(this.#reference, channel, block);
        if (deviations !== null) this.#judged(channel, number, block, deviations, normalizer);
      }
    }
    this.#show();
  }

  #judged(channel: number, number: number, block: BlockSummary, deviations: Deviations, normalizer: Normalizer): void {
    const { of } = this.#state;
    const streaks = advanceStreaks(
      { level: of.levelStreak[channel], shape: of.shapeStreak[channel], move: of.moveStreak[channel] },
      deviations,
    );
    this.#setStreaks(channel, streaks);
    const now = levelOf(this.#reference, channel, block);
    const levels = of.levels.subarray(channel * levelsKept, (channel + 1) * levelsKept);
    levels.copyWithin(0, 1);
    levels[levelsKept - 1] = now;
    const off = isOff(deviations);
    if (off && of.offBlock[channel] === 0) of.offBlock[channel] = number;
    if (!off) of.offBlock[channel] = 0;
    of.calm[channel] = off ? 0 : of.calm[channel] + 1;
    const isOpen = this.#kindOf(channel) !== null;
    if (isOpen) of.now[channel] = now;
    if (isOpen && of.calm[channel] >= blocksMin) {
      this.#forget(channel);
      return;
    }
    const known = [...levels].filter((level) => !Number.isNaN(level));
    const before = known.length < levelsKept ? [this.#reference.of.level[channel]] : [];
    const named = nameDrift(streaks, deviations, [...before, ...known]);
    if (named === null) return;
    if (!isOpen) this.#found(channel, named.kind, now, named.size);
    // what was adapted to and goes on moving is adapted to again
    if (!isOpen || this.#options.action === 'adapt') this.#act(channel, block, named.kind, normalizer);
  }

  /** What the configured action does at once. */
  #act(channel: number, block: BlockSummary, kind: DriftKind, normalizer: Normalizer): void {
    const { of } = this.#reference;
    switch (this.#options.action) {
      case 'adapt':
        adoptBlock(this.#reference, channel, block, kind === 'sensor_replaced');
        this.#setStreaks(channel, { level: 0, shape: 0, move: 0 });
        normalizer.mean[channel] = of.level[channel];
        normalizer.variance[channel] = block.variance;
        normalizer.weight[channel] = Math.min(normalizer.weight[channel], block.rows);
        return;
      case 'hold':
        normalizer.mean[channel] = of.level[channel];
        normalizer.variance[channel] = of.variance[channel];
        return;
      case 'retrain': // it is told, and the normaliser goes on following at its own pace
    }
  }

  #found(channel: number, kind: DriftKind, now: number, size: number): void {
    const { of } = this.#state;
    of.kind[channel] = 1 + driftKinds.indexOf(kind);
    of.sinceMs[channel] = of.offBlock[channel] * this.#options.blockMs;
    of.was[channel] = this.#reference.of.level[channel];
    of.now[channel] = now;
    of.size[channel] = size;
    of.calm[channel] = 0;
  }

  #setStreaks(channel: number, { level, shape, move }: Streaks): void {
    const { of } = this.#state;
    of.levelStreak[channel] = level;
    of.shapeStreak[channel] = shape;
    of.moveStreak[channel] = move;
  }

  #forget(channel: number): void {
    this.#setStreaks(channel, { level: 0, shape: 0, move: 0 });
    this.#state.of.kind[channel] = 0;
    this.#state.of.calm[channel] = 0;
  }

  /** Marks may share what is about to change: it is copied first. */
  #own(): void {
    const channels = this.#options.channels.length;
    this.#reference = createReference(channels, this.#reference.all.slice());
    this.#state = floatTable(layout, channels, this.#state.all.slice());
  }

  #show(): void {
    this.#findings = this.#watched.flatMap((channel) => [...this.#frozenOf(channel), ...this.#lastingOf(channel)]);
  }

  #frozenOf(channel: number): DriftFinding[] {
    if (this.#state.of.frozen[channel] !== 1) return [];
    const { last, run, runRow } = this.#block.of;
    const value = this.#plain(channel, last[channel]);
    const size = run[channel] / (frozenTimes * this.#reference.of.longestRun[channel]);
    const sinceMs = runRow[channel] * this.#options.stepMs;
    return [{ channel, kind: 'sensor_frozen', sinceMs, was: value, now: value, size }];
  }

  #lastingOf(channel: number): DriftFinding[] {
    const kind = this.#kindOf(channel);
    if (kind === null) return [];
    const { sinceMs, was, now, size } = this.#state.of;
    return [
      {
        channel,
        kind,
        sinceMs: sinceMs[channel],
        was: this.#plain(channel, was[channel]),
        now: this.#plain(channel, now[channel]),
        size: size[channel],
      },
    ];
  }

  /** In the channel's own unit. */
  #plain(channel: number, value: number): number {
    return unbend(this.#options.channels[channel]?.transform ?? 'none', value);
  }
}

/** Deviations beyond are one broken cell: it must not blind the watch for a week. */
const boundDeviations = 25;
/** Values that the normaliser must know for that. */
const boundWeightMin = 50;

/** Writes the cells of a row, [channel], to `bounded`, as far out as they count. */
function boundCells(normalizer: Normalizer, cells: Float64Array, bounded: Float64Array): void {
  const { mean, weight } = normalizer;
  // in one pass of typed arrays each: a number that a function is given or gives back takes memory of its own
  scalesOf(normalizer, bounded);
  for (let channel = 0; channel < cells.length; channel++) {
    const most = weight[channel] < boundWeightMin ? Number.POSITIVE_INFINITY : boundDeviations * bounded[channel];
    bounded[channel] = Math.min(mean[channel] + most, Math.max(mean[channel] - most, cells[channel]));
  }
}

const widths = [blockWidth, 0, referenceWidth, widthOf(layout)];

/** A mark as text, a third longer than its bytes. */
export const encodeDrift = ({ block, parts: others }: DriftMark): string => {
  const parts = [writeBlock(block), ...others];
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    all.set(part, from);
    from += part.length;
  }
  return pack(all);
};

function partsOf(text: string, channels: number): Float64Array[] {
  const lengths = widths.map((width) => (width === 0 ? widthOf(progress) : width * channels));
  const all = unpack64(
    text,
    lengths.reduce((a, b) => a + b, 0),
    'what is known of drift',
  );
  let from = 0;
  return lengths.map((length) => {
    from += length;
    return all.slice(from - length, from);
  });
}
