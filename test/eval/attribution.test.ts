import assert from 'node:assert/strict';
import test from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { hitRate, meanHitRate } from '../../src/eval/attribution.ts';

test('by hand: two of three affected channels among the top three, all among the top four', () => {
  const contributions = [0.4, 0.05, 0.3, 0.2, 0.05];
  assert.equal(hitRate(contributions, [0, 3, 1], 100), 2 / 3);
  assert.equal(hitRate(contributions, [0, 3, 1], 150), 1);
  assert.equal(hitRate(contributions, [4], 100), 0);
  assert.equal(hitRate(contributions, [0, 2], 50), 0.5);
});

test('a channel without contribution is never blamed; the order of the truth does not matter', () => {
  assert.equal(hitRate([Number.NaN, 1, 0], [0], 100), 0);
  assert.equal(hitRate([3, 2, 1], [1, 0], 100), hitRate([3, 2, 1], [0, 1], 100));
  assert.ok(Number.isNaN(hitRate([1, 2], [], 100)));
});

test('mean over events that have a truth; chance is the share of affected channels', () => {
  assert.equal(
    meanHitRate(
      [
        { contributions: [1, 0], affected: [0] },
        { contributions: [1, 0], affected: [1] },
        { contributions: [1, 0], affected: [] },
      ],
      100,
    ),
    0.5,
  );
  const rng = createRng(1);
  const events = Array.from({ length: 4000 }, () => ({
    contributions: Array.from({ length: 10 }, () => rng.uniform()),
    affected: [1, 4, 7],
  }));
  assert.ok(Math.abs(meanHitRate(events, 100) - 0.3) < 0.02);
});
