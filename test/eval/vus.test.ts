import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { rankingAreas } from '../../src/eval/pr-auc.ts';
import { type Vus, vus } from '../../src/eval/vus.ts';

/** The definition, one buffer and threshold at a time, row by row: slow, and sharing nothing with the fast one. */
function literalVus(
  labels: readonly number[],
  scores: readonly number[],
  slidingWindow: number,
  thresholds: number,
): Vus {
  const rows = labels.length;
  const ranges: [number, number][] = [];
  for (let i = 0; i < rows; i++) {
    if (labels[i] === 0) continue;
    if (i > 0 && labels[i - 1] === 1) ranges[ranges.length - 1][1] = i;
    else ranges.push([i, i]);
  }
  const positives = labels.filter((label) => label === 1).length;
  const descending = [...scores].sort((a, b) => b - a);
  let prVolume = 0;
  let rocVolume = 0;
  for (let w = 0; w <= slidingWindow; w++) {
    const half = Math.floor(w / 2);
    const soft = labels.map((label, i) => {
      let sum = label;
      for (const [start, end] of ranges) {
        const distance = i < start ? start - i : i > end ? i - end : 0;
        if (distance > 0 && distance <= half) sum += Math.sqrt(1 - distance / w);
      }
      return Math.min(1, sum);
    });
    const buffered: [number, number][] = [];
    for (const [start, end] of ranges) {
      const last = buffered[buffered.length - 1];
      if (last !== undefined && last[1] >= start - half) last[1] = end + half;
      else buffered.push([start - half, end + half]);
    }
    const curve = [{ tpr: 0, fpr: 0, precision: 1 }];
    for (let k = 0; k < thresholds; k++) {
      const index = k === thresholds - 1 ? rows - 1 : Math.floor(k * ((rows - 1) / (thresholds - 1)));
      const predicted = scores.map((score) => score >= descending[index]);
      const count = predicted.filter(Boolean).length;
      let hits = 0;
      let labelled = 0;
      for (let i = 0; i < rows; i++) {
        if (predicted[i]) hits += soft[i];
        if (labels[i] === 1 || predicted[i]) labelled += soft[i];
      }
      const reached = buffered.filter(([start, end]) => predicted.some((on, i) => on && i >= start && i <= end)).length;
      const expected = (positives + labelled) / 2;
      const tpr = Math.min(hits / expected, 1) * (reached / buffered.length);
      curve.push({ tpr, fpr: (count - hits) / (rows - expected), precision: hits / count });
    }
    for (let k = 1; k < curve.length; k++) prVolume += (curve[k].tpr - curve[k - 1].tpr) * curve[k].precision;
    curve.push({ tpr: 1, fpr: 1, precision: 0 });
    for (let k = 1; k < curve.length; k++)
      rocVolume += ((curve[k].fpr - curve[k - 1].fpr) * (curve[k].tpr + curve[k - 1].tpr)) / 2;
  }
  return { pr: prVolume / (slidingWindow + 1), roc: rocVolume / (slidingWindow + 1) };
}

const run = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 0, 1), fc.integer({ min: 0, max: 12 })), { minLength: 5, maxLength: 60 })
  .filter((rows) => rows.some(([label]) => label === 1) && rows.some(([label]) => label === 0));

test('agrees with the literal definition', () => {
  fc.assert(
    fc.property(
      run,
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 2, max: 40 }),
      (rows, slidingWindow, thresholds) => {
        const labels = rows.map(([label]) => label);
        const scores = rows.map(([, score]) => score);
        const fast = vus(labels, scores, slidingWindow, thresholds);
        const slow = literalVus(labels, scores, slidingWindow, thresholds);
        assert.ok(Math.abs(fast.pr - slow.pr) < 1e-9, `PR ${fast.pr} ${slow.pr}`);
        assert.ok(Math.abs(fast.roc - slow.roc) < 1e-9, `ROC ${fast.roc} ${slow.roc}`);
      },
    ),
  );
});

test('agrees with it on a longer run too, at the 250 thresholds of TSB-AD', () => {
  const rng = createRng(21);
  const labels = Array.from({ length: 900 }, (_, i) => (i % 151 < 9 || i === 400 || i === 403 ? 1 : 0));
  const scores = labels.map((label) => rng.normal() + label);
  const fast = vus(labels, scores, 20);
  const slow = literalVus(labels, scores, 20, 250);
  assert.ok(Math.abs(fast.pr - slow.pr) < 1e-9);
  assert.ok(Math.abs(fast.roc - slow.roc) < 1e-9);
});

test('by hand: one event of one row in four, found first', () => {
  // Buffer 0 only, thresholds 4, 3, 2, 1: TPR 1 at once, precision 1; FPR 0, 1/3, 2/3, 1.
  assert.deepEqual(vus([0, 1, 0, 0], [3, 4, 2, 1], 0, 4), { pr: 1, roc: 1 });
  // Found second: TPR 0 then 1 with precision 1/2; FPR 1/3 at both.
  const second = vus([0, 1, 0, 0], [4, 3, 2, 1], 0, 4);
  assert.ok(Math.abs(second.pr - 0.5) < 1e-12);
  assert.ok(Math.abs(second.roc - 2 / 3) < 1e-12);
});

test('in [0, 1], and only the order of scores matters', () => {
  fc.assert(
    fc.property(run, fc.integer({ min: 0, max: 10 }), (rows, slidingWindow) => {
      const labels = rows.map(([label]) => label);
      const scores = rows.map(([, score]) => score);
      const result = vus(labels, scores, slidingWindow);
      for (const value of [result.pr, result.roc]) assert.ok(value >= 0 && value <= 1 + 1e-12, String(value));
      assert.deepEqual(
        vus(
          labels,
          scores.map((score) => Math.tanh(score / 5)),
          slidingWindow,
        ),
        result,
      );
    }),
  );
});

test('a perfect detector is close to 1, a random one close to the prevalence', () => {
  const rng = createRng(3);
  const labels = Array.from({ length: 8000 }, (_, i) => (i % 1000 >= 400 && i % 1000 < 500 ? 1 : 0));
  // Highest within the event, falling off around it as the soft labels do.
  const perfect = labels.map((_, i) => -Math.max(0, 400 - (i % 1000), (i % 1000) - 499));
  const best = vus(labels, perfect, 40);
  assert.ok(best.pr > 0.95 && best.roc > 0.99, JSON.stringify(best));
  const random = vus(
    labels,
    labels.map(() => rng.uniform()),
    40,
  );
  assert.ok(Math.abs(random.pr - 0.12) < 0.03, JSON.stringify(random));
  assert.ok(Math.abs(random.roc - 0.5) < 0.05, JSON.stringify(random));
  assert.ok(
    vus(
      labels,
      perfect.map((score) => -score),
      40,
    ).roc < 0.05,
  );
});

test('forgives a detection next to the event where AUC-PR does not', () => {
  const labels = Array.from({ length: 2000 }, (_, i) => (i >= 1000 && i < 1050 ? 1 : 0));
  const late = labels.map((_, i) => (i >= 1040 && i < 1090 ? 1 : 0));
  const wrong = labels.map((_, i) => (i >= 1540 && i < 1590 ? 1 : 0));
  assert.ok(vus(labels, late, 100).pr > rankingAreas(labels, late).pr + 0.1);
  assert.ok(vus(labels, wrong, 100).pr < 0.05);
});

test('unscored rows rank lowest; undefined cases are NaN; lengths must fit', () => {
  assert.deepEqual(vus([0, 1, 0], [1, 2, Number.NaN], 2), vus([0, 1, 0], [1, 2, -99], 2));
  assert.ok(Number.isNaN(vus([0, 0], [1, 2], 4).pr));
  const all = vus([1, 1, 1], [1, 2, 3], 4);
  assert.equal(all.pr, 1);
  assert.ok(Number.isNaN(all.roc));
  assert.throws(() => vus([1], [1, 2], 4), /labels 1, scores 2/);
});
