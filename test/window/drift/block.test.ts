import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Block, binCount, writeBlock } from '../../../src/window/drift/block.ts';

describe('a block', () => {
  it('sums up the values of one channel', () => {
    const block = new Block(2);
    [3, 3, 3, 7].forEach((value, row) => {
      block.begin(row < 2 ? 0 : 5);
      block.add(1, row, [Number.NaN, value]);
    });
    const { rows, profile, variance, move, longestRun } = block.summaryOf(1);
    assert.deepEqual([rows, profile[0], profile[5], variance, move, longestRun], [4, 3, 5, 4, 4 / 3, 3]);
    assert.equal(profile.length, binCount);
    assert.ok(Number.isNaN(profile[1]));
    assert.equal(block.summaryOf(0).rows, 0);
  });

  it('counts no difference over rows that are missing', () => {
    const block = new Block(1);
    block.begin(0);
    for (const [row, value] of [
      [0, 1],
      [1, 2],
      [5, 90],
      [6, 91],
    ] as const)
      block.add(0, row, [value]);
    assert.equal(block.summaryOf(0).move, 1);
  });

  it('knows over its ends what was before: differences, and for how long a value has been the same', () => {
    const block = new Block(1);
    block.begin(0);
    block.add(0, 0, [4]);
    block.add(0, 1, [4]);
    block.clear();
    block.begin(1);
    block.add(0, 2, [4]);
    assert.deepEqual([block.of.run[0], block.summaryOf(0).move, block.summaryOf(0).longestRun], [3, 0, 3]);
    block.add(0, 3, [6]);
    assert.deepEqual([block.of.run[0], block.summaryOf(0).move, block.summaryOf(0).rows], [1, 1, 2]);
  });

  it('is written down as of its mark, whatever comes afterwards, and goes on from what is written', () => {
    const feed = Array.from({ length: 40 }, (_, row) => ({
      bin: Math.floor(row / 4) % binCount,
      cells: [row % 7, -row],
    }));
    const take = (block: Block, from: number, to: number) => {
      for (let row = from; row < to; row++) {
        block.begin(feed[row].bin);
        for (const channel of [0, 1]) block.add(channel, row, feed[row].cells);
      }
      return block;
    };
    for (let cut = 0; cut < feed.length; cut++) {
      const block = take(new Block(2), 0, cut);
      const mark = block.mark();
      const written = writeBlock(mark);
      take(block, cut, feed.length);
      assert.deepEqual(writeBlock(mark), written, `cut at ${cut}`);
      const again = take(new Block(2, written), cut, feed.length);
      assert.deepEqual(writeBlock(again.mark()), writeBlock(block.mark()), `cut at ${cut}`);
      for (const channel of [0, 1]) assert.deepEqual(again.summaryOf(channel), block.summaryOf(channel));
    }
  });
});
