import assert from 'node:assert/strict';
import test from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import { requireEqualLength } from '../../src/eval/require-equal-length.ts';

test('says what was being done and how long each array is', () => {
  assert.throws(
    () => requireEqualLength('computing VUS', { labels: 3, scores: 4 }),
    (error) =>
      error instanceof DriftcastError &&
      error.code === 'INTERNAL' &&
      error.message === 'computing VUS: arrays of different length (labels 3, scores 4)',
  );
  assert.doesNotThrow(() => requireEqualLength('x', { a: 2, b: 2, c: 2 }));
});
