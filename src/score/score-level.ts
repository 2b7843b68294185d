/** Levels in which scores are remembered. */
export const LEVELS = 4096;
const OCTAVES_BELOW = 14;
const LEVELS_PER_OCTAVE = LEVELS / 32;

/**
 * A score on a logarithmic scale of 128 levels an octave, from 2^-14 to 2^18; monotone, so it ranks as the score does up to
 * ties of .5 %. Ties count as "at least as large": p-values err on the side of no alarm. NaN must not come here.
 */
export function scoreLevel(score: number): number {
  if (!(score > 0)) return 0;
  const level = Math.floor((Math.log2(score) + OCTAVES_BELOW) * LEVELS_PER_OCTAVE);
  return Math.min(LEVELS - 1, Math.max(0, level));
}
