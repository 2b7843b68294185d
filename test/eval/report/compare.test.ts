import assert from 'node:assert/strict';
import test from 'node:test';
import { compareWithBest, cost } from '../../../src/eval/report/compare.ts';

test('gains and losses are said against the best reference', () => {
  assert.deepEqual(compareWithBest(0.9, { a: 1, b: 2 }, 'smaller'), {
    verdict: 'better',
    text: '10.0 % better than the best reference, a',
  });
  assert.deepEqual(compareWithBest(0.45, { a: 0.2, b: 0.5 }, 'larger'), {
    verdict: 'worse',
    text: '10.0 % worse than the best reference, b',
  });
});

test('a difference under half a percent is none', () => {
  assert.equal(compareWithBest(1.004, { a: 1 }, 'smaller')?.verdict, 'equal');
  assert.equal(compareWithBest(0, { a: 0 }, 'smaller')?.verdict, 'equal');
  assert.equal(compareWithBest(0.994, { a: 1 }, 'smaller')?.verdict, 'better');
});

test('nothing is claimed without figures; a loss against zero has no percentage', () => {
  assert.equal(compareWithBest(null, { a: 1 }, 'smaller'), null);
  assert.equal(compareWithBest(1, { a: null }, 'smaller'), null);
  assert.equal(compareWithBest(1, {}, 'smaller'), null);
  assert.deepEqual(compareWithBest(1, { a: 0 }, 'smaller'), {
    verdict: 'worse',
    text: 'worse than the best reference, a',
  });
});

test('cost: closeness to a target counts on both sides', () => {
  assert.equal(cost(1, { closeTo: 0.75 }), cost(0.5, { closeTo: 0.75 }));
  assert.ok(cost(2, 'larger') < cost(1, 'larger'));
});
