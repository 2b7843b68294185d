import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addToBlock, binCount, clearBlock, createBlock, summaryOf } from '../../../src/window/drift/block.ts';

describe('a block', () => {
  it('sums up the values of one channel', () => {
    const block = createBlock(2);
    [3, 3, 3, 7].forEach((value, row) => void addToBlock(block, 1, row < 2 ? 0 : 5, row, [Number.NaN, value]));
    const { rows, profile, variance, move, longestRun } = summaryOf(block, 1);
    assert.deepEqual([rows, profile[0], profile[5], variance, move, longestRun], [4, 3, 5, 4, 4 / 3, 3]);
    assert.equal(profile.length, binCount);
    assert.ok(Number.isNaN(profile[1]));
    assert.equal(summaryOf(block, 0).rows, 0);
  });

  it('counts no difference over rows that are missing', () => {
    const block = createBlock(1);
    for (const [row, value] of [
      [0, 1],
      [1, 2],
      [5, 90],
      [6, 91],
    ] as const)
      addToBlock(block, 0, 0, row, [value]);
    assert.equal(summaryOf(block, 0).move, 1);
  });

  it('knows over its ends what was before: differences, and for how long a value has been the same', () => {
    const block = createBlock(1);
    addToBlock(block, 0, 0, 0, [4]);
    addToBlock(block, 0, 0, 1, [4]);
    clearBlock(block);
    addToBlock(block, 0, 0, 2, [4]);
    assert.deepEqual([block.of.run[0], summaryOf(block, 0).move, summaryOf(block, 0).longestRun], [3, 0, 3]);
    addToBlock(block, 0, 0, 3, [6]);
    assert.deepEqual([block.of.run[0], summaryOf(block, 0).move, summaryOf(block, 0).rows], [1, 1, 2]);
  });
});
