import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareOut } from '../../../src/cli/train/share-out.ts';

test('whoever asks for little gets it, the others get the same', () => {
  assert.deepEqual(shareOut([10, 2, 10], 12), [5, 2, 5]);
  assert.deepEqual(shareOut([1, 2, 3], 100), [1, 2, 3]);
  assert.deepEqual(shareOut([5, 5, 5], 2), [1, 1, 0]);
  assert.deepEqual(shareOut([0, 7], 3), [0, 3]);
  assert.deepEqual(shareOut([], 3), []);
});

test('all places are used, nobody gets more than asked, and nobody who got less than asked has less than another', () => {
  const asked = fc.array(fc.nat({ max: 50 }), { maxLength: 12 });
  fc.assert(
    fc.property(asked, fc.nat({ max: 300 }), (wanted, places) => {
      const given = shareOut(wanted, places);
      const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
      assert.equal(sum(given), Math.min(places, sum(wanted)));
      given.forEach((got, i) => {
        assert.ok(got <= (wanted[i] as number));
        if (got < (wanted[i] as number)) assert.ok(given.every((other) => other <= got + 1));
      });
    }),
  );
});
