import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hideReading } from '../../../src/cli/backtest/hide-reading.ts';
import type { Reading } from '../../../src/core/reading.ts';

const reading = (timeMs: number, series = 's'): Reading => ({
  series,
  timeMs,
  channels: [0, 2],
  values: [1, 3],
  position: { topic: 't', partition: 0, generation: 1, offset: 0 },
});

test('hideReading takes every value of a hidden cell out, and nothing else', () => {
  const truth = {
    series: 's',
    startMs: 120_000,
    rows: 2,
    truth: new Float64Array(6),
    hidden: Uint8Array.from([0, 1, 1, 1, 0, 1]),
    labels: null,
  };
  const hide = hideReading([truth], 3, 60_000);
  // both readings of row 0 lose channel 2; channel 1, hidden too, was not in them
  for (const timeMs of [120_000, 179_999])
    assert.deepEqual(hide(reading(timeMs)), { ...reading(timeMs), channels: [0], values: [1] });
  assert.deepEqual(hide(reading(180_000)), { ...reading(180_000), channels: [], values: [] }); // alive, without a value
  for (const untouched of [reading(119_999), reading(240_000), reading(120_000, 'other')])
    assert.equal(hide(untouched), untouched);
});
