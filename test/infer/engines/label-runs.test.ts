import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelRuns } from '../../../src/infer/engines/label-runs.ts';

const batchOf = (labels: readonly number[]) => ({
  size: labels.length,
  cells: Float32Array.from({ length: labels.length * 3 }, (_, i) => i),
  time: Float32Array.from({ length: labels.length * 2 }, (_, i) => 100 + i),
  task: Float32Array.from(labels.flatMap((label) => [0, 1, 2].map((k) => (k === label ? 1 : 0)))),
});

describe('labelRuns', () => {
  it('cuts where the label changes and where a run is full', () => {
    const runs = labelRuns(batchOf([0, 0, 0, 0, 0, 2, 2, 0]), 2);
    assert.deepEqual(
      runs.map(({ from, tensors }) => [from, tensors.size, tensors.task.indexOf(1)]),
      [
        [0, 2, 0],
        [2, 2, 0],
        [4, 1, 0],
        [5, 2, 2],
        [7, 1, 0],
      ],
    );
  });

  it('gives every row once, as views of the batch', () => {
    const batch = batchOf([1, 1, 2]);
    const runs = labelRuns(batch, Number.POSITIVE_INFINITY);
    assert.deepEqual(
      runs.flatMap(({ tensors }) => [...tensors.cells]),
      [...batch.cells],
    );
    assert.deepEqual(
      runs.flatMap(({ tensors }) => [...tensors.time]),
      [...batch.time],
    );
    assert.ok(runs.every(({ tensors }) => tensors.cells.buffer === batch.cells.buffer));
  });

  it('of no rows there are no runs', () => {
    assert.deepEqual(labelRuns(batchOf([]), 4), []);
  });
});
