import { byReference, referenceNames } from '../core/reference-names.ts';
import type { ScoreGroup } from '../core/score-group.ts';
import type { ModelCalibration, OrdinaryScores } from '../diffusion/model.ts';
import type { NamedTensor } from '../diffusion/safetensors.ts';

type Scores = Pick<ModelCalibration, 'referenceScores' | 'groupScores' | 'references'>;

const own = 'calibration.reference_scores';
const nameOf = (reference: string): string => `calibration.references.${reference}`;

/** The scores that memories start with, as the weights file holds them. */
export function scoreTensors({ references, ...scores }: Scores): [string, NamedTensor][] {
  const tensors = (name: string, { referenceScores, groupScores }: OrdinaryScores): [string, NamedTensor][] =>
    [referenceScores, ...groupScores.map((group) => group.referenceScores)].map((values, i) => [
      i === 0 ? name : `${name}.${i - 1}`,
      { shape: [values.length], values },
    ]);
  if (references === null) return tensors(own, scores);
  return [...tensors(own, scores), ...referenceNames.flatMap((name) => tensors(nameOf(name), references[name]))];
}

/** The same read again; packages of before have none of references. */
export function scoresFrom(
  groups: readonly ScoreGroup[],
  tensors: ReadonlyMap<string, NamedTensor>,
  double: (name: string, shape: readonly number[]) => Float64Array,
): Scores {
  const take = (name: string) => double(name, tensors.get(name)?.shape ?? [0]);
  const scores = (name: string): OrdinaryScores => ({
    referenceScores: take(name),
    groupScores: groups.map((group, g) => ({ ...group, referenceScores: take(`${name}.${g}`) })),
  });
  const isKnown = tensors.has(nameOf(referenceNames[0]));
  return { ...scores(own), references: isKnown ? byReference((name) => scores(nameOf(name))) : null };
}
