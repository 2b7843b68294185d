/** Plain methods with the smoothing, memory and thresholds of the score, which the model has to beat. They never alert. */
export const referenceNames = ['ridge_var', 'z_score'] as const;
export type ReferenceName = (typeof referenceNames)[number];
export type OfReferences<T> = Readonly<Record<ReferenceName, T>>;

export const byReference = <T>(of: (name: ReferenceName) => T): OfReferences<T> => ({
  ridge_var: of('ridge_var'),
  z_score: of('z_score'),
});
