import assert from 'node:assert/strict';
import test from 'node:test';
import { rankable } from '../../src/eval/rankable.ts';

test('unscored rows rank below every number, the rest stays', () => {
  assert.deepEqual([...rankable([1, Number.NaN, -5])], [1, Number.NEGATIVE_INFINITY, -5]);
});
