import type { Rng } from '../../core/rng.ts';
import { logit } from '../logistic.ts';

/** The dependence between cells as ranks: row k of `levels` says where past window k stood in each cell among all of them. */
export interface RankTemplates {
  readonly templates: number;
  readonly cells: number;
  /** [template, cell], within (0, 1); in every cell each of (rank + .5) / templates once. */
  readonly levels: Float32Array;
}

/**
 * Ranks of standardised residuals of past windows, cell by cell (the Schaake shuffle of Clark et al. 2004, on residuals instead of
 * values). Equal residuals, and those that are not known, are ranked at random: they say nothing of the dependence.
 * @param residuals [template, cell], (x - location) / scale; NaN where x is not known
 */
export function rankTemplates(residuals: Float32Array, cells: number, rng: Rng): RankTemplates {
  const templates = residuals.length / cells;
  const levels = new Float32Array(residuals.length);
  for (let cell = 0; cell < cells; cell++) {
    const value = (k: number) => residuals[k * cells + cell] as number;
    const shuffled = shuffle(templates, rng);
    const known = shuffled.filter((k) => !Number.isNaN(value(k))).sort((a, b) => value(a) - value(b)); // stable: ties at random
    const unknown = shuffled.filter((k) => Number.isNaN(value(k)));
    const ranks = shuffle(templates, rng);
    const write = (k: number, rank: number) => {
      levels[k * cells + cell] = (rank + 0.5) / templates;
    };
    unknown.forEach((k, i) => {
      write(k, ranks[i] as number);
    });
    const left = ranks.slice(unknown.length).sort((a, b) => a - b);
    known.forEach((k, i) => {
      write(k, left[i] as number);
    });
  }
  return { templates, cells, levels };
}

/**
 * One path a template, [template, cell]: its ranks read through the marginal laws of the window at hand. One denoiser call however
 * many paths; the marginals are those of the call, the dependence is that of the templates.
 */
export function templatePaths(
  ranks: RankTemplates,
  law: { location: Float32Array; scale: Float32Array },
): Float32Array {
  return ranks.levels.map((level, i) => {
    const cell = i % ranks.cells;
    return (law.location[cell] as number) + (law.scale[cell] as number) * logit(level);
  });
}

function shuffle(count: number, rng: Rng): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
