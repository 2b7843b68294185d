import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { timingOf } from '../../../src/cli/history/timing.ts';
import type { Reading } from '../../../src/core/reading.ts';

const position = { topic: 't', partition: 0, generation: 1, offset: 0 };
const at = (
  timeMs: number,
  values: readonly number[] = [1],
  series = 's',
  channels = values.map((_, c) => c),
): Reading => ({
  series,
  timeMs,
  channels,
  values,
  position,
});

test('the time between two readings of a series, whatever the order and whoever comes between', () => {
  const readings = Array.from({ length: 100 }, (_, i) => [at(i * 10), at(i * 10 + 3, [1], 'other')]).flat();
  assert.equal(timingOf(readings).intervalMs, 10);
  assert.deepEqual(timingOf([...readings].reverse()), { ...timingOf(readings) });
  assert.ok(Number.isNaN(timingOf([at(1)]).intervalMs));
});

test('values that contradict another one of the same time', () => {
  assert.equal(timingOf([at(1, [1, 2]), at(1, [1, 3]), at(2, [5])]).contradictions, 1);
  assert.equal(timingOf([at(1, [1]), at(1, [2], 'other')]).contradictions, 0);
  assert.equal(timingOf([at(1, [1]), at(1, [9], 's', [1])]).contradictions, 0, 'two channels');
  assert.equal(timingOf([at(1, [1]), at(2), at(1, [2])]).contradictory, 's');
});

test('no reading contradicts itself; intervals lie between the shortest and the longest', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 10_000 }), { minLength: 2, maxLength: 50 }), (times) => {
      const { contradictions, intervalMs, shortMs, longMs, values } = timingOf(times.map((t) => at(t)));
      assert.equal(contradictions, 0);
      assert.equal(values, times.length);
      assert.ok(shortMs <= intervalMs && intervalMs <= longMs);
    }),
  );
});
