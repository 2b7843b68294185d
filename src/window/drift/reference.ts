import { type BlockSummary, binCount } from './block.ts';
import { type FloatTable, floatTable } from './float-table.ts';

/** What blocks of a channel are ordinarily like: means, and sums of squared deviations from them over blocks (Welford 1962). */
const layout = {
  blocks: 1,
  rows: 1,
  level: 1,
  levelSquares: 1,
  /** Course of a block around its level, [bin]. */
  shape: binCount,
  shapeSquares: binCount,
  /** Logarithm of the mean absolute difference between rows that follow each other, of blocks that have some. */
  moveBlocks: 1,
  move: 1,
  moveSquares: 1,
  /** Mean variance within a block. */
  variance: 1,
  longestRun: 1,
} as const;

export type Reference = FloatTable<typeof layout>;

export const createReference = (channels: number, all?: Float64Array): Reference => floatTable(layout, channels, all);
export const referenceWidth = Object.values(layout).reduce((sum, width) => sum + width, 0);

const meanOf = (values: Float64Array): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
};

/** Parts that must have values for a block to be learnt from: the level of half a day is not that of a day. */
const binsLearntMin = 10;

/** Takes a block for ordinary. What holds too little of a day is left out. */
export function learnBlock({ of }: Reference, channel: number, block: BlockSummary): void {
  const { profile } = block;
  if (profile.filter((value) => !Number.isNaN(value)).length < binsLearntMin) return;
  of.blocks[channel]++;
  const learn = (
    means: Float64Array,
    squares: Float64Array | null,
    at: number,
    value: number,
    blocks = of.blocks[channel],
  ): void => {
    const deviation = value - means[at];
    means[at] += deviation / blocks;
    if (squares !== null) squares[at] += deviation * (value - means[at]);
  };
  const level = meanOf(profile);
  learn(of.level, of.levelSquares, channel, level);
  profile.forEach((value, bin) => {
    // a bin without values is as it was
    const at = channel * binCount + bin;
    learn(of.shape, of.shapeSquares, at, Number.isNaN(value) ? of.shape[at] : value - level);
  });
  if (block.move > 0) learn(of.move, of.moveSquares, channel, Math.log(block.move), ++of.moveBlocks[channel]);
  learn(of.rows, null, channel, block.rows);
  learn(of.variance, null, channel, block.variance);
  of.longestRun[channel] = Math.max(of.longestRun[channel], block.longestRun);
}

/** Of the numbers among them. */
function medianOf(values: Float64Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Level of a block against the ordinary course of a day, as the median over its parts: some may be missing, and a fault of some hours
 * moves a mean, but not what most of the day says.
 */
export const levelOf = ({ of }: Reference, channel: number, { profile }: BlockSummary): number =>
  medianOf(profile.map((value, bin) => value - of.shape[channel * binCount + bin]));

/** Each over what would just be told; level and move are signed. */
export interface Deviations {
  readonly level: number;
  readonly shape: number;
  readonly move: number;
}

/** Chosen on simulated plants and checked on recorded telemetry: ordinary feeds should be told of less than once in months. */
const limits = {
  levelDeviations: 5,
  levelOfSpread: 1,
  shapeDeviations: 3.5,
  shapeOfSpread: 0.5,
  moveDeviations: 5,
  moveLog: Math.log(1.6),
} as const;

/** Spread of the channel within and between ordinary blocks; 0 where it stood still. */
export function spreadOf({ of }: Reference, channel: number): number {
  const between = of.levelSquares[channel] / Math.max(1, of.blocks[channel] - 1);
  return Math.sqrt(of.variance[channel] + between);
}

/** Parts of a block that must have values for it to be judged. */
const binsJudgedMin = 6;
/** A channel that stands still has no logarithm of its noise. */
const moveMin = 1e-300;
/** More says no more, and has to be written down. */
const sizeMax = 1e6;

/** How far a block is from ordinary; null where nothing can be said: too little of it, or a channel that never moved. */
export function judgeBlock(reference: Reference, channel: number, block: BlockSummary): Deviations | null {
  const { of } = reference;
  const spread = spreadOf(reference, channel);
  const bins = block.profile.filter((value) => !Number.isNaN(value)).length;
  if (!(spread > 0) || bins < binsJudgedMin) return null;
  // a mean of few blocks is uncertain itself
  const sdOf = (squares: number, blocks = of.blocks[channel]) =>
    Math.sqrt((squares / Math.max(1, blocks - 1)) * (1 + 1 / blocks));
  const change = levelOf(reference, channel, block) - of.level[channel];
  const levelBand = Math.max(limits.levelDeviations * sdOf(of.levelSquares[channel]), limits.levelOfSpread * spread);
  const around = of.level[channel] + change;
  const offShape = block.profile.map((value, bin) => Math.abs(value - around - of.shape[channel * binCount + bin]));
  const sdShape = Math.sqrt(
    meanOf(of.shapeSquares.slice(channel * binCount, (channel + 1) * binCount).map((squares) => sdOf(squares) ** 2)),
  );
  const shapeBand = Math.max(limits.shapeDeviations * sdShape, limits.shapeOfSpread * spread);
  const bounded = (value: number) => Math.max(-sizeMax, Math.min(sizeMax, value));
  return {
    level: bounded(change / levelBand),
    shape: bounded(medianOf(offShape) / shapeBand),
    move: bounded(moveOff(reference, channel, block, sdOf)),
  };
}

/** Of the noise; 0 where it is not known, or where a channel that may well stand still for half a day does so. */
function moveOff(
  { of }: Reference,
  channel: number,
  { move }: BlockSummary,
  sdOf: (squares: number, blocks: number) => number,
): number {
  const blocks = of.moveBlocks[channel];
  if (blocks < 2 || Number.isNaN(move) || of.longestRun[channel] >= of.rows[channel] / 2) return 0;
  const band = Math.max(limits.moveDeviations * sdOf(of.moveSquares[channel], blocks), limits.moveLog);
  return (Math.log(Math.max(move, moveMin)) - of.move[channel]) / band;
}

/** Nothing is known of a channel any more. */
export function forgetReference({ of }: Reference, channel: number): void {
  for (const [field, width] of Object.entries(layout))
    of[field as keyof typeof layout].fill(0, channel * width, (channel + 1) * width);
}

/** Takes a block for what is ordinary from now on; how far blocks ordinarily are apart stays. `noise`: that of the channel too. */
export function adoptBlock(reference: Reference, channel: number, block: BlockSummary, noise: boolean): void {
  const { of } = reference;
  const level = meanOf(block.profile);
  of.level[channel] = level;
  block.profile.forEach((value, bin) => {
    if (!Number.isNaN(value)) of.shape[channel * binCount + bin] = value - level;
  });
  if (!noise) return;
  if (block.move > 0) of.move[channel] = Math.log(block.move);
  of.longestRun[channel] = Math.max(of.longestRun[channel], block.longestRun);
  of.variance[channel] = block.variance;
}
