import type { Channel } from '../../core/channel.ts';
import { type DriftAction, type DriftFinding, type DriftKind, driftKinds } from '../../core/drift.ts';
import { pack, unpack64 } from '../../core/packed.ts';
import { unbend } from '../../core/transform.ts';
import type { Normalizer } from '../normalizer.ts';
import {
  addToBlock,
  type Block,
  type BlockSummary,
  binCount,
  blockWidth,
  clearBlock,
  createBlock,
  summaryOf,
} from './block.ts';
import { type FloatTable, floatTable, widthOf } from './float-table.ts';
import { advanceStreaks, blocksMin, isOff, nameDrift } from './name-drift.ts';
import {
  adoptBlock,
  createReference,
  type Deviations,
  judgeBlock,
  learnBlock,
  levelOf,
  type Reference,
  referenceWidth,
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
  /** 1 + index into `driftKinds`; 0: nothing is found. */
  kind: 1,
  sinceMs: 1,
  was: 1,
  now: 1,
  size: 1,
  /** Ordinary blocks in a row since. */
  calm: 1,
} as const;

/** Number of the block that rows go into, and whether it has been seen from its beginning. */
const progress = { block: 1, whole: 1 } as const;

/** A frozen sensor says the same for this many times longer than ever before, and for this many rows at least. */
const frozenTimes = 4;
const frozenRowsMin = 24;

/** State of a series as of some row, to be written down later (`encodeDrift`). */
export interface DriftMark {
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
  readonly #progress: FloatTable<typeof progress>;
  /** Change at the end of a block alone: a mark shares them until then. */
  #reference: Reference;
  #state: FloatTable<typeof layout>;
  #findings: readonly DriftFinding[] = [];

  /** @param restored an `encodeDrift` of the same channels; null: nothing is known. @throws DriftcastError STATE_INVALID */
  constructor(options: DriftOptions, restored: string | null = null) {
    const channels = options.channels.length;
    this.#options = options;
    this.#watched = options.channels.flatMap(({ kind }, channel) => (kind === 'gauge' ? [channel] : []));
    const parts = restored === null ? [] : partsOf(restored, channels);
    this.#block = createBlock(channels, parts[0]);
    this.#progress = floatTable(progress, 1, parts[1] ?? Float64Array.of(Number.NEGATIVE_INFINITY, 0));
    this.#reference = createReference(channels, parts[2]);
    this.#state = floatTable(layout, channels, parts[3]);
    if (restored === null) this.#state.of.levels.fill(Number.NaN);
    else this.#show();
  }

  /** Channels that are not what they were, in their order. The same array as long as nothing changes. */
  get findings(): readonly DriftFinding[] {
    return this.#findings;
  }

  /** Whether the normaliser must not follow a channel: it is held, or its sensor says nothing. */
  holds(channel: number): boolean {
    const kind = this.#kindOf(channel);
    return kind === 'sensor_frozen' || (kind !== null && this.#options.action === 'hold');
  }

  /**
   * Takes the observed cells of a row that has closed; rows come in their order. Where something is found that is to be adapted to or
   * held, the normaliser is set accordingly.
   */
  advance(row: number, cellOf: (channel: number) => number, normalizer: Normalizer): void {
    const { stepMs, blockMs } = this.#options;
    const timeMs = row * stepMs;
    const number = Math.floor(timeMs / blockMs);
    const at = this.#progress.of;
    if (number !== at.block[0]) {
      // of the first block the beginning may be missing
      if (at.whole[0] === 1) this.#endBlock(at.block[0], normalizer);
      at.whole[0] = at.block[0] === Number.NEGATIVE_INFINITY && timeMs - number * blockMs >= stepMs ? 0 : 1;
      at.block[0] = number;
      clearBlock(this.#block);
    }
    const bin = Math.floor(((timeMs - number * blockMs) * binCount) / blockMs);
    for (const channel of this.#watched) {
      const value = cellOf(channel);
      if (Number.isNaN(value)) continue;
      addToBlock(this.#block, channel, bin, row, value);
      this.#watchFrozen(channel, timeMs);
    }
  }

  /** The state as of the row taken last. */
  mark(): DriftMark {
    return { parts: [this.#block.all.slice(), this.#progress.all.slice(), this.#reference.all, this.#state.all] };
  }

  #kindOf(channel: number): DriftKind | null {
    return driftKinds[this.#state.of.kind[channel] - 1] ?? null;
  }

  #learning(channel: number): boolean {
    return this.#reference.of.blocks[channel] < this.#options.referenceBlocks;
  }

  #watchFrozen(channel: number, timeMs: number): void {
    const run = this.#block.of.run[channel];
    const longest = this.#reference.of.longestRun[channel];
    const frozen = !this.#learning(channel) && longest > 0 && run > Math.max(frozenRowsMin, frozenTimes * longest);
    const kind = this.#kindOf(channel);
    if (frozen === (kind === 'sensor_frozen')) return;
    this.#own();
    if (!frozen) this.#forget(channel);
    else {
      const value = this.#block.of.last[channel];
      const sinceMs = timeMs - (run - 1) * this.#options.stepMs;
      this.#found(channel, 'sensor_frozen', { sinceMs, now: value, size: run / (frozenTimes * longest) });
    }
    this.#show();
  }

  #endBlock(number: number, normalizer: Normalizer): void {
    this.#own();
    for (const channel of this.#watched) {
      const block = summaryOf(this.#block, channel);
      if (block.rows === 0 || this.#kindOf(channel) === 'sensor_frozen') continue;
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
    of.levelStreak[channel] = streaks.level;
    of.shapeStreak[channel] = streaks.shape;
    of.moveStreak[channel] = streaks.move;
    const now = levelOf(this.#reference, channel, block);
    const levels = of.levels.subarray(channel * levelsKept, (channel + 1) * levelsKept);
    levels.copyWithin(0, 1);
    levels[levelsKept - 1] = now;
    of.calm[channel] = isOff(deviations) ? 0 : of.calm[channel] + 1;
    if (this.#kindOf(channel) !== null) {
      of.now[channel] = now;
      if (of.calm[channel] >= blocksMin) this.#forget(channel);
      return;
    }
    const known = [...levels].filter((level) => !Number.isNaN(level));
    const before = known.length < levelsKept ? [this.#reference.of.level[channel]] : [];
    const named = nameDrift(streaks, deviations, [...before, ...known]);
    if (named === null) return;
    const sinceMs = (number - named.blocks + 1) * this.#options.blockMs;
    this.#found(channel, named.kind, { sinceMs, now, size: named.size });
    this.#act(channel, block, named.kind, normalizer);
  }

  /** What the configured action does at once. */
  #act(channel: number, block: BlockSummary, kind: DriftKind, normalizer: Normalizer): void {
    const { of } = this.#reference;
    switch (this.#options.action) {
      case 'adapt':
        adoptBlock(this.#reference, channel, block, kind === 'sensor_replaced');
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

  #found(
    channel: number,
    kind: DriftKind,
    { sinceMs, now, size }: { readonly sinceMs: number; readonly now: number; readonly size: number },
  ): void {
    const { of } = this.#state;
    of.kind[channel] = 1 + driftKinds.indexOf(kind);
    of.sinceMs[channel] = sinceMs;
    of.was[channel] = this.#reference.of.level[channel];
    of.now[channel] = now;
    of.size[channel] = size;
    of.calm[channel] = 0;
  }

  #forget(channel: number): void {
    const { of } = this.#state;
    for (const field of ['kind', 'levelStreak', 'shapeStreak', 'moveStreak', 'calm'] as const) of[field][channel] = 0;
  }

  /** Marks may share what is about to change: it is copied first. */
  #own(): void {
    const channels = this.#options.channels.length;
    this.#reference = createReference(channels, this.#reference.all.slice());
    this.#state = floatTable(layout, channels, this.#state.all.slice());
  }

  #show(): void {
    const { of } = this.#state;
    this.#findings = this.#watched.flatMap((channel) => {
      const kind = this.#kindOf(channel);
      if (kind === null) return [];
      const plain = (value: number) => unbend(this.#options.channels[channel]?.transform ?? 'none', value);
      const [was, now] = [plain(of.was[channel]), plain(of.now[channel])];
      return [{ channel, kind, sinceMs: of.sinceMs[channel], was, now, size: of.size[channel] }];
    });
  }
}

const widths = [blockWidth, 0, referenceWidth, widthOf(layout)];

/** A mark as text, a third longer than its bytes. */
export const encodeDrift = ({ parts }: DriftMark): string => {
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
