import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bend, transforms, unbend } from '../../src/core/transform.ts';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe('transform', () => {
  it('bends what is worked out by hand', () => {
    assert.equal(bend('sqrt', 9), 3);
    assert.equal(bend('sqrt', -9), -3);
    assert.equal(bend('log1p', Math.E - 1), 1);
    assert.equal(bend('none', 9), 9);
    assert.equal(unbend('sqrt', -3), -9);
    assert.equal(unbend('log1p', 0), 0);
  });

  for (const transform of transforms) {
    it(`${transform}: unbend undoes bend, the order is kept, NaN stays`, () => {
      fc.assert(
        fc.property(finite, finite, (a, b) => {
          assert.ok(Math.abs(unbend(transform, bend(transform, a)) - a) <= 1e-9 * (1 + Math.abs(a)));
          if (a < b) assert.ok(bend(transform, a) <= bend(transform, b));
        }),
      );
      assert.ok(Number.isNaN(bend(transform, Number.NaN)));
    });
    it(`${transform}: stays finite at the ends`, () => {
      assert.ok(Number.isFinite(unbend(transform, 1e150)));
      assert.ok(Number.isFinite(bend(transform, Number.MAX_VALUE)));
    });
  }
});
