/**
 * The tensor language in which network, sampler and likelihood are written once. Two interpreters speak it: `tfjs.ts`
 * computes at once and differentiably, `onnx.ts` writes the same program down as an ONNX graph.
 *
 * Conventions that let one text serve both: the first axis is the batch and its size may be unknown while the program is
 * written, so shapes name it -1; no operation permutes axes (slow on a CPU), hosts lay data out as [batch, token, channel, feature].
 */
export interface Ops<T> {
  /** A fixed tensor that is part of the program. */
  constant(values: Float32Array, shape: readonly number[]): T;
  /** Elementwise with numpy broadcasting. */
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  /** x + k and x k. */
  addScalar(x: T, k: number): T;
  mulScalar(x: T, k: number): T;
  /** x sigmoid(x). */
  silu(x: T): T;
  /** ln(1 + e^x), without overflow. */
  softplus(x: T): T;
  /** Zero mean and unit variance over the last axis; then times scale [features] and plus shift [features], where given. */
  layerNorm(x: T, affine?: { readonly scale: T; readonly shift: T }): T;
  /** x [..., in] weight [in, out] + bias [out] -> [..., out]. */
  linear(x: T, weight: T, bias: T): T;
  /** Mixes the axis before the last: weight [rows, n], x [batch, ..., n, features] -> [batch, ..., rows, features]. */
  mix(weight: T, x: T): T;
  /** Same elements, other shape; -1 for the batch axis. */
  reshape(x: T, shape: readonly number[]): T;
  /** Every row of the batch `times` times in a row, [batch, ...] -> [batch times, ...]. */
  repeat(x: T, times: number): T;
  /** The part [begin, begin + size) of one axis. */
  slice(x: T, axis: number, begin: number, size: number): T;
}

/** Variance floor of layerNorm, the same in every interpreter. */
export const layerNormEpsilon = 1e-5;

/**
 * Vector-Jacobian product: f(z) and J' cotangent, J the Jacobian of f at z. Not an operation of `Ops`: a graph that is written
 * down has no gradient; interpreters that compute have one.
 */
export type Vjp<T> = (f: (z: T) => T, z: T, cotangent: T) => { readonly value: T; readonly product: T };
