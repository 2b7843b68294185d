import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sum, writeFactors } from '../../src/forecast/rescaling.ts';

const factors = (deviations: number[], expected: number[], rows: number[]) => {
  const out = new Float32Array(rows.length);
  writeFactors(Float32Array.from(deviations), Float32Array.from(expected), Float32Array.from(rows), out);
  return [...out];
};

describe('writeFactors', () => {
  it('is 1 where nothing was resolved, and where all came out as expected', () => {
    assert.deepEqual(factors([0, 0], [0, 0], [0, 0]), [1, 1]);
    assert.deepEqual(factors([47, 94], [47, 94], [100, 200]), [1, 1]);
  });

  it('is what the formulas say', () => {
    // e = (50 + 50) / 200 = .5; channel: (75 + 10) / (50 + 10); horizons: (A + 50 rho) / (50 + 50)
    const channel = 85 / 60;
    const want = [(100 + 50 * channel) / 100, (50 + 50 * channel) / 100];
    factors([100, 50], [50, 50], [100, 100]).forEach((factor, h) => void assert.ok(Math.abs(factor - want[h]) < 1e-6));
  });

  it('a horizon without a row of its own has the factor of its channel', () => {
    // e = 50 / 100; channel: (50 + 10) / (25 + 10)
    const [, other] = factors([100, 0], [50, 0], [100, 0]);
    assert.ok(Math.abs(other - 60 / 35) < 1e-6, String(other));
  });

  it('stays within .2 and 5, and finite where hardly any deviation is expected', () => {
    assert.deepEqual(factors([1e6], [1e3], [1e4]), [5]);
    assert.ok(Math.abs(factors([0], [1e5], [1e5])[0] - 0.2) < 1e-6);
    assert.deepEqual(factors([0], [0], [500]), [1]);
  });

  it('property: grows with the deviations, and lies between 1 and the plain ratios', () => {
    const cells = fc.array(
      fc.record({ ratio: fc.double({ min: 0.1, max: 4, noNaN: true }), rows: fc.integer({ min: 1, max: 400 }) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(cells, (given) => {
        const rows = given.map((cell) => cell.rows);
        const expected = rows.map((n) => 0.47 * n);
        const deviations = given.map(({ ratio }, h) => ratio * expected[h]);
        const got = factors(deviations, expected, rows);
        const ratios = [1, ...given.map(({ ratio }) => ratio)];
        for (const factor of got)
          assert.ok(factor >= Math.max(0.2, Math.min(...ratios)) - 1e-4 && factor <= Math.max(...ratios) + 1e-4);
        const more = factors(
          deviations.map((a) => 1.3 * a),
          expected,
          rows,
        );
        more.forEach((factor, h) => void assert.ok(factor >= got[h]));
      }),
    );
  });

  it('sum adds up', () => assert.equal(sum(Float32Array.of(1, 2, 3.5)), 6.5));
});
