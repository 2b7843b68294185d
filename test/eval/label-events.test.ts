import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { labelEvents } from '../../src/eval/label-events.ts';

test('runs of ones, both ends inclusive, at the edges too', () => {
  assert.deepEqual(labelEvents([1, 1, 0, 0, 1, 0, 1]), [
    { start: 0, end: 1 },
    { start: 4, end: 4 },
    { start: 6, end: 6 },
  ]);
  assert.deepEqual(labelEvents([]), []);
  assert.deepEqual(labelEvents([0, 0]), []);
  assert.deepEqual(labelEvents([1, 1]), [{ start: 0, end: 1 }]);
});

test('painting the events back gives the labels', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1)), (labels) => {
      const painted = new Array<number>(labels.length).fill(0);
      for (const { start, end } of labelEvents(labels)) painted.fill(1, start, end + 1);
      assert.deepEqual(painted, labels);
    }),
  );
});
