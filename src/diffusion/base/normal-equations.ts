import { cholesky, choleskySolve } from './cholesky.ts';

/** Sums for ridge regression: X'X [features, features] and X'Y [features, targets], row by row. */
export class NormalEquations {
  readonly features: number;
  readonly targets: number;
  readonly gram: Float64Array;
  readonly moments: Float64Array;
  /** Sum of squares of every target. */
  readonly targetSquares: Float64Array;
  rows = 0;

  constructor(features: number, targets: number) {
    this.features = features;
    this.targets = targets;
    this.gram = new Float64Array(features * features);
    this.moments = new Float64Array(features * targets);
    this.targetSquares = new Float64Array(targets);
  }

  add(x: Float64Array, y: Float64Array): void {
    const { features, targets, gram, moments } = this;
    for (let i = 0; i < features; i++) {
      const xi = x[i] as number;
      if (xi === 0) continue;
      for (let j = 0; j <= i; j++) (gram[i * features + j] as number) += xi * (x[j] as number);
      for (let k = 0; k < targets; k++) (moments[i * targets + k] as number) += xi * (y[k] as number);
    }
    for (let k = 0; k < targets; k++) (this.targetSquares[k] as number) += (y[k] as number) ** 2;
    this.rows++;
  }

  /** this + sign other, as a new object. */
  combine(other: NormalEquations, sign: 1 | -1): NormalEquations {
    const out = new NormalEquations(this.features, this.targets);
    for (let i = 0; i < out.gram.length; i++) out.gram[i] = (this.gram[i] as number) + sign * (other.gram[i] as number);
    for (let i = 0; i < out.moments.length; i++)
      out.moments[i] = (this.moments[i] as number) + sign * (other.moments[i] as number);
    for (let i = 0; i < out.targets; i++)
      out.targetSquares[i] = (this.targetSquares[i] as number) + sign * (other.targetSquares[i] as number);
    out.rows = this.rows + sign * other.rows;
    return out;
  }

  /** Coefficients [features, targets] of min |Y - X B|^2 + lambda |B|^2. */
  solve(lambda: number): Float64Array {
    const { features, targets } = this;
    const root = this.gram.slice();
    for (let i = 0; i < features; i++) root[i * (features + 1)] += lambda;
    cholesky(root, features, root);
    const out = this.moments.slice();
    choleskySolve(root, features, out, targets);
    return out;
  }

  /** Sum of squared errors of coefficients [features, targets] on these rows, from the sums alone. */
  squaredError(coefficients: Float64Array): number {
    const { features, targets, gram, moments } = this;
    let total = 0;
    for (let k = 0; k < targets; k++) {
      let cross = 0;
      let quadratic = 0;
      for (let i = 0; i < features; i++) {
        const bi = coefficients[i * targets + k] as number;
        cross += bi * (moments[i * targets + k] as number);
        let row = 0.5 * (gram[i * features + i] as number) * bi;
        for (let j = 0; j < i; j++)
          row += (gram[i * features + j] as number) * (coefficients[j * targets + k] as number);
        quadratic += 2 * bi * row;
      }
      total += (this.targetSquares[k] as number) - 2 * cross + quadratic;
    }
    return total;
  }
}
