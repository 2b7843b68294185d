import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { scoreLevel } from '../../src/score/score-level.ts';
import { createReference, ScoreMemory } from '../../src/score/score-memory.ts';

/** Powers of two are levels apart: ranks by level are ranks by value. */
const scoreArb = fc.integer({ min: -13, max: 17 }).map((exponent) => 2 ** exponent);
const empty = (memoryScores: number) => createReference(new Float64Array(0), memoryScores);

describe('ScoreMemory', () => {
  it('ranks as a plain list of the newest scores does, reference scores being the oldest', () => {
    fc.assert(
      fc.property(
        fc.array(scoreArb, { maxLength: 40 }),
        fc.array(scoreArb, { maxLength: 200 }),
        fc.integer({ min: 1, max: 30 }),
        (reference, scores, size) => {
          const memory = new ScoreMemory(createReference(Float64Array.from(reference), size));
          let list = reference.slice(-size);
          for (const score of scores) {
            const expected = (1 + list.filter((x) => x >= score).length) / (list.length + 1);
            assert.equal(memory.pValueOf(score), expected);
            assert.equal(memory.size, list.length);
            memory.insert(score);
            list = [...list, score].slice(-size);
          }
          assert.equal(memory.total, scores.length);
        },
      ),
    );
  });

  it('makes room for scores that are far from all before, and for those between', () => {
    const memory = new ScoreMemory(createReference(Float64Array.of(1, 1.1), 50));
    const all = [1, 1.1];
    for (const score of [1e5, 1e-4, 3, 0, 1e5, 300]) {
      for (const asked of [0, 1e-4, 0.5, 1.05, 3, 299, 1e5, 1e9]) {
        const atLeast = all.filter((one) => scoreLevel(one) >= scoreLevel(asked)).length;
        assert.equal(memory.pValueOf(asked), (1 + atLeast) / (1 + all.length), `${asked} among ${all}`);
      }
      memory.insert(score);
      all.push(score);
    }
  });

  it('comes back as it was some insertions ago', () => {
    fc.assert(
      fc.property(
        fc.array(scoreArb, { maxLength: 20 }),
        fc.array(scoreArb, { minLength: 1, maxLength: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        (reference, scores, back, size) => {
          const shared = createReference(Float64Array.from(reference), size);
          const then = back % (scores.length + 1);
          const whole = new ScoreMemory(shared);
          const early = new ScoreMemory(shared);
          scores.forEach((score, i) => {
            whole.insert(score);
            if (i < then) early.insert(score);
          });
          const text = whole.export(then);
          assert.ok(text !== null);
          const restored = ScoreMemory.import(JSON.parse(JSON.stringify(text)), shared);
          for (const probe of scores) {
            assert.equal(restored.pValueOf(probe), early.pValueOf(probe));
            restored.insert(probe);
            early.insert(probe);
          }
        },
      ),
    );
  });

  it('says so when it cannot tell any more, or not yet', () => {
    const memory = new ScoreMemory(empty(10));
    for (let i = 0; i < 5000; i++) memory.insert(1);
    assert.equal(memory.export(100), null);
    assert.equal(memory.export(5001), null);
    assert.notEqual(memory.export(4000), null);
  });

  it('does not share what it learns', () => {
    const shared = createReference(Float64Array.of(1, 2), 10);
    new ScoreMemory(shared).insert(100);
    assert.equal(new ScoreMemory(shared).pValueOf(50), 1 / 3);
  });

  it('counts a tie as at least as large', () => {
    const memory = new ScoreMemory(empty(10));
    for (let i = 0; i < 9; i++) memory.insert(3);
    assert.equal(memory.pValueOf(3), 1);
    assert.equal(memory.pValueOf(4), 0.1);
  });

  it('takes only finite reference scores, the newest', () => {
    const reference = createReference(Float64Array.of(9, 1, Number.NaN, 2, 4), 3);
    assert.equal(reference.levels.length, 3);
    assert.equal(new ScoreMemory(reference).pValueOf(8), 0.25);
  });

  it('holds more scores than 16 bits count', () => {
    const memory = new ScoreMemory(empty(70_000));
    for (let i = 0; i < 70_000; i++) memory.insert(1);
    assert.equal(memory.pValueOf(1), 1);
    assert.equal(memory.pValueOf(2), 1 / 70_001);
  });

  it('refuses damaged text', () => {
    const damaged = { code: 'STATE_INVALID' };
    assert.throws(() => ScoreMemory.import(Buffer.of(1).toString('base64'), empty(5)), damaged);
    assert.throws(() => ScoreMemory.import(Buffer.of(0xff, 0xff).toString('base64'), empty(5)), damaged);
  });
});
