import { DriftcastError } from '../core/errors.ts';
import { LEVELS, scoreLevel } from './score-level.ts';

const BLOCK = 64;
/** Scores kept beyond the memory, so that the memory as of some rows ago can be written down when these are delivered. */
const SLACK = 2048;

/** How often levels occur: of those in a stretch of blocks, the others do not. Scores of one series are far from using all levels. */
interface LevelCounts {
  readonly firstBlock: number;
  /** [level - firstBlock * BLOCK] */
  readonly counts: Uint16Array | Uint32Array;
}

/** What every series' memory starts with; shared, not copied. */
export interface Reference {
  readonly memoryScores: number;
  /** Levels of the reference scores in time order, at most `memoryScores`. */
  readonly levels: Uint16Array;
  readonly counts: LevelCounts;
}

/** Takes the newest `memoryScores` finite ones of `scores`. */
export function createReference(scores: Float64Array, memoryScores: number): Reference {
  const usable = scores.filter((score) => Number.isFinite(score)).slice(-memoryScores);
  const levels = Uint16Array.from(usable, scoreLevel);
  const none: LevelCounts = { firstBlock: 0, counts: memoryScores < 0xffff ? new Uint16Array(0) : new Uint32Array(0) };
  const counts = levels.reduce((before, level) => {
    const grown = covering(before, blockOf(level));
    grown.counts[level - grown.firstBlock * BLOCK]++;
    return grown;
  }, none);
  return { memoryScores, levels, counts };
}

const blockOf = (level: number): number => Math.floor(level / BLOCK);

/** The counts, with room for the levels of that block too. */
function covering(before: LevelCounts, block: number): LevelCounts {
  const { firstBlock, counts } = before;
  const endBlock = firstBlock + counts.length / BLOCK;
  if (block >= firstBlock && block < endBlock) return before;
  const first = counts.length === 0 ? block : Math.min(firstBlock, block);
  const length = (Math.max(endBlock, block + 1) - first) * BLOCK;
  const grown = counts instanceof Uint16Array ? new Uint16Array(length) : new Uint32Array(length);
  grown.set(counts, counts.length === 0 ? 0 : (firstBlock - first) * BLOCK);
  return { firstBlock: first, counts: grown };
}

/**
 * The last `memoryScores` scores of one series, the reference scores counting as the oldest; answers ranks in O(sqrt n).
 * About 16 kB a series at 5000 scores, as levels and their counts; sorted doubles would take four times as much.
 */
export class ScoreMemory {
  private levels: LevelCounts;
  /** Sums of BLOCK counts. */
  private readonly blocks = new Uint32Array(LEVELS / BLOCK);
  /** Levels of the series' own scores; score number i stands at i % length. Grows up to memory + SLACK. */
  private ring = new Uint16Array(64);
  private inserted = 0;

  constructor(private readonly reference: Reference) {
    const { firstBlock, counts } = reference.counts;
    this.levels = { firstBlock, counts: counts.slice() };
    counts.forEach((count, i) => {
      this.blocks[firstBlock + blockOf(i)] += count;
    });
  }

  /** Scores remembered. */
  get size(): number {
    return Math.min(this.reference.memoryScores, this.reference.levels.length + this.inserted);
  }

  /** Scores inserted so far. */
  get total(): number {
    return this.inserted;
  }

  /** Conformal p-value: (1 + how many remembered scores are at least as large) / (1 + how many there are). */
  pValueOf(score: number): number {
    const level = scoreLevel(score);
    const block = blockOf(level);
    const { firstBlock, counts } = this.levels;
    let atLeast = 0;
    if (this.blocks[block] > 0) {
      const from = firstBlock * BLOCK;
      for (let i = level; i < (block + 1) * BLOCK; i++) atLeast += counts[i - from];
    }
    for (let i = block + 1; i < this.blocks.length; i++) atLeast += this.blocks[i];
    return (1 + atLeast) / (this.size + 1);
  }

  insert(score: number): void {
    this.insertLevel(scoreLevel(score));
  }

  /**
   * The series' own scores as they were remembered after `total` insertions: levels as base64 of little-endian 16-bit
   * numbers, oldest first. null when that is too long ago to tell.
   */
  export(total: number): string | null {
    const kept = Math.min(total, this.reference.memoryScores);
    const first = total - kept;
    if (total > this.inserted || first < this.inserted - this.ring.length) return null;
    const bytes = Buffer.alloc(kept * 2);
    for (let i = 0; i < kept; i++) bytes.writeUInt16LE(this.ring[(first + i) % this.ring.length], i * 2);
    return bytes.toString('base64');
  }

  /** A memory with the scores of an `export`. @throws DriftcastError STATE_INVALID */
  static import(text: string, reference: Reference): ScoreMemory {
    const bytes = Buffer.from(text, 'base64');
    const levels = Array.from({ length: Math.floor(bytes.length / 2) }, (_, i) => bytes.readUInt16LE(i * 2));
    if (bytes.length % 2 !== 0 || levels.some((level) => level >= LEVELS)) {
      throw new DriftcastError('STATE_INVALID', 'restoring remembered scores: they are damaged', {
        hint: 'Remove the state file to start from the reference scores of the model.',
      });
    }
    const memory = new ScoreMemory(reference);
    for (const level of levels) memory.insertLevel(level);
    return memory;
  }

  private insertLevel(level: number): void {
    const references = this.reference.levels.length;
    const oldest = references + this.inserted - this.reference.memoryScores;
    if (oldest >= references) this.count(this.ring[(oldest - references) % this.ring.length], -1);
    else if (oldest >= 0) this.count(this.reference.levels[oldest], -1);
    this.count(level, 1);
    this.grow();
    this.ring[this.inserted % this.ring.length] = level;
    this.inserted++;
  }

  private count(level: number, by: 1 | -1): void {
    const block = blockOf(level);
    this.levels = covering(this.levels, block);
    this.levels.counts[level - this.levels.firstBlock * BLOCK] += by;
    this.blocks[block] += by;
  }

  private grow(): void {
    const limit = this.reference.memoryScores + SLACK;
    if (this.inserted < this.ring.length || this.ring.length >= limit) return;
    // Nothing has wrapped yet, so the copy keeps every score at its place.
    const grown = new Uint16Array(Math.min(limit, this.ring.length * 2));
    grown.set(this.ring);
    this.ring = grown;
  }
}
