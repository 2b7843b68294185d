import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BlockSummary, binCount } from '../../../src/window/drift/block.ts';
import {
  adoptBlock,
  createReference,
  judgeBlock,
  learnBlock,
  levelOf,
  spreadOf,
} from '../../../src/window/drift/reference.ts';

/** A day around `level`, high in its second half. */
const day = (level: number, changes: Partial<BlockSummary> = {}): BlockSummary => ({
  rows: 100,
  profile: Float64Array.from({ length: binCount }, (_, bin) => level + (bin < 6 ? -1 : 1)),
  variance: 1,
  move: 0.2,
  longestRun: 3,
  ...changes,
});

function learnt(...blocks: readonly BlockSummary[]) {
  const reference = createReference(1);
  for (const block of blocks) learnBlock(reference, 0, block);
  return reference;
}
const usual = () => learnt(day(10), day(10.2), day(9.8), day(10), day(10.1), day(9.9), day(10));
const partly = (level: number, from: number, to: number) => ({
  ...day(level),
  profile: day(level).profile.map((value, bin) => (bin >= from && bin < to ? value : Number.NaN)),
});

describe('a reference', () => {
  it('learns level, course and spread of ordinary blocks', () => {
    const reference = usual();
    assert.ok(Math.abs(reference.of.level[0] - 10) < 1e-12);
    assert.ok(Math.abs(reference.of.shape[0] + 1) < 1e-12);
    assert.ok(Math.abs(spreadOf(reference, 0) ** 2 - (1 + 0.1 / 6)) < 1e-12, 'variance within, and between days');
    assert.equal(reference.of.longestRun[0], 3);
  });

  it('does not learn from half a day', () => {
    assert.equal(learnt(partly(10, 0, 6)).of.blocks[0], 0);
    assert.equal(learnt(partly(10, 0, 11)).of.blocks[0], 1);
  });

  it('finds the level of half a day against the course of that half', () => {
    assert.ok(Math.abs(levelOf(usual(), 0, partly(12, 0, 6)) - 12) < 1e-9);
  });

  it('is not moved by a fault of some hours', () => {
    const fault = day(10);
    for (const bin of [2, 3, 4, 5]) fault.profile[bin] += 50;
    const { level, shape } = judgeBlock(usual(), 0, fault) ?? assert.fail();
    assert.ok(Math.abs(level) < 0.1 && shape < 0.2, `${level} ${shape}`);
  });

  it('tells level, course and noise apart', () => {
    const judged = (block: BlockSummary) => judgeBlock(usual(), 0, block) ?? assert.fail();
    const ordinary = judged(day(10.1));
    assert.ok(Math.abs(ordinary.level) < 0.5 && ordinary.shape < 0.1 && Math.abs(ordinary.move) < 0.1);
    const moved = judged(day(7));
    assert.ok(moved.level < -2 && moved.shape < 0.1 && Math.abs(moved.move) < 0.1);
    const turned = judged({ ...day(10), profile: day(10).profile.reverse() });
    assert.ok(Math.abs(turned.level) < 0.1 && turned.shape > 2);
    const noisy = judged(day(10, { move: 0.4 }));
    assert.ok(noisy.move > 1 && Math.abs(noisy.level) < 0.1);
    assert.ok(judged(day(10, { move: 0.1 })).move < -1);
  });

  it('says nothing where it cannot: too little of a day, a channel that never moved, one that often stands still', () => {
    assert.equal(judgeBlock(usual(), 0, partly(20, 0, 5)), null);
    assert.ok(judgeBlock(usual(), 0, partly(20, 0, 6)) !== null);
    const still = day(0, { profile: new Float64Array(binCount), variance: 0, move: 0 });
    assert.equal(judgeBlock(learnt(still, still, still), 0, day(20)), null);
    const lazy = learnt(...[10, 10.1, 9.9].map((level) => day(level, { longestRun: 60 })));
    assert.equal(judgeBlock(lazy, 0, day(10, { move: 0 }))?.move, 0);
  });

  it('takes a block for ordinary when it is told to', () => {
    const reference = usual();
    adoptBlock(reference, 0, day(20, { move: 0.8, variance: 9 }), false);
    const kept = judgeBlock(reference, 0, day(20, { move: 0.8 })) ?? assert.fail();
    assert.ok(Math.abs(kept.level) < 0.1 && kept.move > 1, 'its noise is still news');
    adoptBlock(reference, 0, day(20, { move: 0.8, variance: 9 }), true);
    assert.ok(Math.abs(judgeBlock(reference, 0, day(20, { move: 0.8 }))?.move ?? 1) < 0.1);
  });
});
