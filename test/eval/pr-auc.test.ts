import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { rankingAreas } from '../../src/eval/pr-auc.ts';

const labelled = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 8 })), {
  minLength: 2,
  maxLength: 40,
});

test("scikit-learn's own example: average precision .8333, ROC .75", () => {
  const areas = rankingAreas([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
  assert.ok(Math.abs(areas.pr - 0.8333333333333333) < 1e-12);
  assert.equal(areas.roc, 0.75);
});

test('agrees with the definitions, ties included', () => {
  fc.assert(
    fc.property(labelled, (rows) => {
      const labels = rows.map(([label]) => label);
      const scores = rows.map(([, score]) => score);
      const positives = labels.filter((label) => label === 1).length;
      fc.pre(positives > 0 && positives < labels.length);
      let pairs = 0;
      for (const [i, a] of scores.entries()) {
        for (const [j, b] of scores.entries())
          if (labels[i] === 1 && labels[j] === 0) pairs += a > b ? 1 : a === b ? 0.5 : 0;
      }
      let precisionSum = 0;
      let recall = 0;
      for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
        const predicted = scores.map((score) => score >= threshold);
        const hits = predicted.filter((on, i) => on && labels[i] === 1).length;
        precisionSum += (hits / positives - recall) * (hits / predicted.filter(Boolean).length);
        recall = hits / positives;
      }
      const areas = rankingAreas(labels, scores);
      assert.ok(Math.abs(areas.roc - pairs / (positives * (labels.length - positives))) < 1e-12);
      assert.ok(Math.abs(areas.pr - precisionSum) < 1e-12);
    }),
  );
});

test('only the order of scores matters', () => {
  fc.assert(
    fc.property(labelled, (rows) => {
      const labels = rows.map(([label]) => label);
      const scores = rows.map(([, score]) => score);
      assert.deepEqual(
        rankingAreas(
          labels,
          scores.map((score) => Math.exp(score) - 100),
        ),
        rankingAreas(labels, scores),
      );
    }),
  );
});

test('chance: PR is the prevalence, ROC one half; perfect is 1; inverted ROC is 0', () => {
  const rng = createRng(6);
  const labels = Array.from({ length: 40_000 }, () => (rng.uniform() < 0.1 ? 1 : 0));
  const random = rankingAreas(
    labels,
    labels.map(() => rng.uniform()),
  );
  assert.ok(Math.abs(random.pr - 0.1) < 0.01, String(random.pr));
  assert.ok(Math.abs(random.roc - 0.5) < 0.02, String(random.roc));
  assert.deepEqual(rankingAreas(labels, labels), { pr: 1, roc: 1 });
  assert.equal(rankingAreas([0, 1], [1, 0]).roc, 0);
});

test('a constant score is chance exactly, an unscored row ranks lowest', () => {
  assert.deepEqual(rankingAreas([1, 0, 0, 0], [2, 2, 2, 2]), { pr: 0.25, roc: 0.5 });
  assert.equal(rankingAreas([0, 1], [0, Number.NaN]).roc, 0);
});

test('undefined without positives, ROC without negatives', () => {
  assert.ok(Number.isNaN(rankingAreas([0, 0], [1, 2]).pr));
  assert.ok(Number.isNaN(rankingAreas([1, 1], [1, 2]).roc));
  assert.equal(rankingAreas([1, 1], [1, 2]).pr, 1);
});
