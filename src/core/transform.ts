/**
 * How a channel is bent before it is normalised, so that its noise is about the same at all levels: `sqrt` for counts and
 * concentrations, `log1p` for what spans orders of magnitude. Odd functions: negative values keep their sign.
 */
export const transforms = ['none', 'sqrt', 'log1p'] as const;
export type Transform = (typeof transforms)[number];

/** Into the space of the model. NaN stays NaN. */
export function bend(transform: Transform, x: number): number {
  if (transform === 'none') return x;
  return Math.sign(x) * (transform === 'sqrt' ? Math.sqrt(Math.abs(x)) : Math.log1p(Math.abs(x)));
}

/** Back into the channel's unit. */
export function unbend(transform: Transform, y: number): number {
  if (transform === 'none') return y;
  const size = transform === 'sqrt' ? y * y : Math.min(Math.expm1(Math.abs(y)), Number.MAX_VALUE);
  return Math.sign(y) * size;
}
