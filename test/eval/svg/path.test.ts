import assert from 'node:assert/strict';
import test from 'node:test';
import { bandPath, linePath } from '../../../src/eval/svg/path.ts';

test('a line breaks at NaN, a lone point is a dot, numbers are short', () => {
  assert.equal(linePath([0, 1, 2, 3, 4], [1, 2.04999, Number.NaN, 3, Number.NaN]), 'M0 1L1 2M3 3h0');
  assert.equal(linePath([0.123456], [1]), 'M0.1 1h0');
  assert.equal(linePath([], []), '');
});

test('a band goes there above and back below, and breaks where either side is NaN', () => {
  assert.equal(bandPath([0, 1], [0, 0], [2, 3]), 'M0 2L1 3L1 0L0 0Z');
  const broken = bandPath([0, 1, 2, 3, 4], [0, 0, 0, 0, 0], [1, 1, Number.NaN, 1, 1]);
  assert.equal(broken.match(/Z/g)?.length, 2);
  assert.equal(bandPath([5], [0], [2], 4), 'M3 0h4V2h-4Z');
});
