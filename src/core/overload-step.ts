/**
 * What may be left out under overload. fewer_samples: a quarter of the joint paths; longer_stride: every second window, whose rows the
 * next one takes along; score_only: no imputation, no forecast.
 */
export const overloadSteps = ['fewer_samples', 'longer_stride', 'score_only'] as const;

export type OverloadStep = (typeof overloadSteps)[number];
