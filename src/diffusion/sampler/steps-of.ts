/** The steps of descending noise levels: from sigma to next. */
export const stepsOf = (sigmas: readonly number[]): readonly { sigma: number; next: number }[] =>
  sigmas.slice(1).map((next, k) => ({ sigma: sigmas[k] as number, next }));
