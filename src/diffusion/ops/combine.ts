import type { Ops } from './ops.ts';

/** a x + b y for numbers a and b: what every step of a sampler is made of. */
export const combine = <T>(ops: Ops<T>, a: number, x: T, b: number, y: T): T =>
  ops.add(ops.mulScalar(x, a), ops.mulScalar(y, b));
