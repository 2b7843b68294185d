import { map, type OperatorFunction } from 'rxjs';
import type { Inference } from '../core/inference.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Scorer } from './scorer.ts';

/** Scores every inference. They must come in the order of their windows' ends per series. */
export function scores(scorer: Scorer): OperatorFunction<Inference, Verdict> {
  return map((inference) => scorer.score(inference));
}
