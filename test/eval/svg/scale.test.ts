import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { extent, linearScale, numberTicks, timeTicks } from '../../../src/eval/svg/scale.ts';

test('linear map, also downwards, and without extent', () => {
  const y = linearScale(0, 10, 100, 0);
  assert.deepEqual([y(0), y(5), y(10)], [100, 50, 0]);
  assert.equal(linearScale(3, 3, 0, 80)(3), 40);
});

test('round ticks with as many decimals as they need', () => {
  assert.deepEqual(
    numberTicks(0, 1, 5).map(({ label }) => label),
    ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0'],
  );
  assert.deepEqual(
    numberTicks(-7, 13, 4).map(({ at }) => at),
    [-5, 0, 5, 10],
  );
  assert.deepEqual(
    numberTicks(0, 3e9, 3).map(({ label }) => label),
    ['0', '1.0e9', '2.0e9', '3.0e9'],
  );
  assert.deepEqual(numberTicks(1, 1, 4), []);
});

test('number ticks lie inside, ascend, and are neither none nor many', () => {
  const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(bound, bound, (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      fc.pre(to - from > 1e-3);
      const ticks = numberTicks(from, to, 5);
      assert.ok(ticks.length >= 1 && ticks.length <= 7, String(ticks.length));
      for (const [i, { at }] of ticks.entries()) {
        assert.ok(at >= from - (to - from) * 1e-6 && at <= to + (to - from) * 1e-6);
        if (i > 0) assert.ok(at > ticks[i - 1].at);
      }
    }),
  );
});

test('time ticks: round UTC times, midnights by date', () => {
  const start = Date.UTC(2024, 1, 28, 20, 10);
  const hour = 3_600_000;
  assert.deepEqual(
    timeTicks(start, start + 8 * hour, 5).map(({ label }) => label),
    ['22:00', '02-29', '02:00', '04:00'],
  );
  assert.deepEqual(
    timeTicks(start, start + 60 * hour, 4).map(({ label }) => label),
    ['02-29', '03-01', '03-02'],
  );
  assert.deepEqual(
    timeTicks(start, start + 20_000, 5).map(({ label }) => label),
    ['20:10:00', '20:10:05', '20:10:10', '20:10:15', '20:10:20'],
  );
  assert.ok(timeTicks(0, 100 * 365 * 24 * hour, 5).length <= 6);
});

test('extent ignores what is not finite, and never has no extent', () => {
  assert.deepEqual(
    extent(
      [
        [1, Number.NaN],
        [5, Number.POSITIVE_INFINITY],
      ],
      0,
    ),
    [1, 5],
  );
  assert.deepEqual(extent([[Number.NaN]]), [0, 1]);
  assert.deepEqual(extent([[0]]), [-0.5, 0.5]);
  assert.deepEqual(extent([[100]]), [90, 110]);
});
