import { formatPercent } from '../svg/format.ts';

/** How a figure is judged: smaller, larger, or closer to a target is better. */
export type Better = 'smaller' | 'larger' | { readonly closeTo: number };

export interface Comparison {
  readonly verdict: 'better' | 'worse' | 'equal';
  /** One sentence without trailing stop, plain about losses; not escaped. */
  readonly text: string;
}

/** Smaller is better, whatever the direction. */
export function cost(value: number, better: Better): number {
  if (better === 'smaller') return value;
  return better === 'larger' ? -value : Math.abs(value - better.closeTo);
}

/**
 * The model's figure against the best reference's. Differences under half a percent are called equal: they mean nothing.
 * null where the model or every reference has no figure.
 */
export function compareWithBest(
  model: number | null,
  baselines: Readonly<Record<string, number | null>>,
  better: 'smaller' | 'larger',
): Comparison | null {
  if (model === null) return null;
  let best: { readonly name: string; readonly value: number } | null = null;
  for (const [name, value] of Object.entries(baselines)) {
    if (value !== null && (best === null || cost(value, better) < cost(best.value, better))) best = { name, value };
  }
  if (best === null) return null;
  const gap = (cost(model, better) - cost(best.value, better)) / Math.abs(best.value);
  if (Number.isNaN(gap) || Math.abs(gap) < 0.005)
    return { verdict: 'equal', text: `level with the best reference, ${best.name}` };
  const size = Number.isFinite(gap) ? `${formatPercent(Math.abs(gap))} ` : '';
  const verdict = gap < 0 ? 'better' : 'worse';
  return { verdict, text: `${size}${verdict} than the best reference, ${best.name}` };
}

export const verdictClass = { better: 'good', worse: 'bad', equal: 'soft' } as const;
