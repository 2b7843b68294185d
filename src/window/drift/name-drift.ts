import type { DriftKind } from '../../core/drift.ts';
import type { Deviations } from './reference.ts';

/** Blocks in a row that must be off, and afterwards as before: what passes within a day is an anomaly, and no drift. */
export const blocksMin = 2;
/** Share of the way from the oldest level remembered to the newest that a jump makes in two blocks: it falls into the midst of one. */
const jumpShare = 0.75;

/** How many blocks in a row are off, up to now; of the level signed, for up and down in turn is no drift. */
export interface Streaks {
  readonly level: number;
  readonly shape: number;
  readonly move: number;
}

export function advanceStreaks(before: Streaks, { level, shape, move }: Deviations): Streaks {
  const signed = (streak: number, value: number) => {
    if (Math.abs(value) < 1) return 0;
    return Math.sign(value) === Math.sign(streak) ? streak + Math.sign(value) : Math.sign(value);
  };
  return {
    level: signed(before.level, level),
    shape: shape < 1 ? 0 : before.shape + 1,
    move: signed(before.move, move),
  };
}

export const isOff = ({ level, shape, move }: Deviations): boolean =>
  Math.abs(level) >= 1 || shape >= 1 || Math.abs(move) >= 1;

/**
 * What it is that has lasted, and by how much over what would just be told; null: nothing has. Another noise is another sensor,
 * whatever the level does; a level that has moved says more than the course of the day around it.
 *
 * @param levels of the newest blocks, oldest first, the judged one last
 */
export function nameDrift(
  streaks: Streaks,
  deviations: Deviations,
  levels: readonly number[],
): { readonly kind: Exclude<DriftKind, 'sensor_frozen'>; readonly size: number; readonly blocks: number } | null {
  const lasts = (streak: number) => Math.abs(streak) >= blocksMin;
  if (lasts(streaks.move))
    return { kind: 'sensor_replaced', size: Math.abs(deviations.move), blocks: Math.abs(streaks.move) };
  if (lasts(streaks.level))
    return {
      kind: isJump(levels) ? 'level_shift' : 'trend',
      size: Math.abs(deviations.level),
      blocks: Math.abs(streaks.level),
    };
  return lasts(streaks.shape) ? { kind: 'season_change', size: deviations.shape, blocks: streaks.shape } : null;
}

function isJump(levels: readonly number[]): boolean {
  const way = (levels.at(-1) ?? 0) - (levels[0] ?? 0);
  const steps = levels.slice(1).map((level, i) => level - levels[i]);
  const pairs = steps.slice(1).map((step, i) => step + steps[i]);
  return Math.max(...[...steps, ...pairs].map((step) => step * Math.sign(way))) >= jumpShare * Math.abs(way);
}
