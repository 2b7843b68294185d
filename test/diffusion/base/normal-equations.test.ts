import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Matrix, solve } from 'ml-matrix';
import { createRng } from '../../../src/core/rng.ts';
import { NormalEquations } from '../../../src/diffusion/base/normal-equations.ts';

const seed = 31;

function rows(count: number, features: number, targets: number) {
  const rng = createRng(seed);
  const x = Matrix.from1DArray(
    count,
    features,
    Array.from({ length: count * features }, () => (rng.uniform() < 0.1 ? 0 : rng.normal())),
  );
  const y = Matrix.from1DArray(
    count,
    targets,
    Array.from({ length: count * targets }, () => rng.normal()),
  );
  return { x, y };
}

function sumsOf(x: Matrix, y: Matrix, from = 0, to = x.rows): NormalEquations {
  const sums = new NormalEquations(x.columns, y.columns);
  for (let r = from; r < to; r++) sums.add(Float64Array.from(x.getRow(r)), Float64Array.from(y.getRow(r)));
  return sums;
}

const near = (got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number) => {
  assert.equal(got.length, want.length);
  for (let i = 0; i < want.length; i++)
    assert.ok(
      Math.abs(got[i] - want[i]) <= tolerance * (1 + Math.abs(want[i])),
      `${i}: ${got[i]}, expected ${want[i]}`,
    );
};

describe(`NormalEquations (seed ${seed})`, () => {
  for (const lambda of [1e-6, 1, 1e5]) {
    it(`solves ridge regression as ml-matrix does, lambda ${lambda}`, () => {
      const { x, y } = rows(60, 7, 3);
      const a = x.transpose().mmul(x).add(Matrix.eye(7).mul(lambda));
      near(sumsOf(x, y).solve(lambda), solve(a, x.transpose().mmul(y)).to1DArray(), 1e-9);
    });
  }

  it('knows the squared error of any coefficients from its sums alone', () => {
    const { x, y } = rows(50, 6, 4);
    const rng = createRng(seed + 1);
    const coefficients = Matrix.from1DArray(
      6,
      4,
      Array.from({ length: 24 }, () => rng.normal()),
    );
    const errors = Matrix.sub(y, x.mmul(coefficients)).to1DArray();
    const want = errors.reduce((sum, e) => sum + e * e, 0);
    near([sumsOf(x, y).squaredError(Float64Array.from(coefficients.to1DArray()))], [want], 1e-9);
  });

  it('takes rows out as it took them in', () => {
    const { x, y } = rows(40, 5, 2);
    const rest = sumsOf(x, y).combine(sumsOf(x, y, 10, 25), -1);
    const direct = sumsOf(x, y, 0, 10).combine(sumsOf(x, y, 25, 40), 1);
    assert.equal(rest.rows, 25);
    assert.equal(direct.rows, 25);
    near(rest.gram, direct.gram, 1e-10);
    near(rest.moments, direct.moments, 1e-10);
    near(rest.solve(1), direct.solve(1), 1e-9);
  });

  it('gives zeros where it has seen nothing', () => {
    assert.deepEqual(new NormalEquations(3, 2).solve(1), new Float64Array(6));
  });

  it('solves with features that are copies of each other and as large as they can be', () => {
    const sums = new NormalEquations(3, 1);
    for (let k = 0; k < 3000; k++) {
      const v = 25 * Math.sin(k);
      sums.add(Float64Array.of(v, v, v), Float64Array.of(v));
    }
    near(sums.combine(sums, -1).combine(sums, 1).solve(1), [1 / 3, 1 / 3, 1 / 3], 1e-5);
  });
});
