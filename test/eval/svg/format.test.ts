import assert from 'node:assert/strict';
import test from 'node:test';
import {
  formatDuration,
  formatNumber,
  formatPercent,
  formatTime,
  groupThousands,
} from '../../../src/eval/svg/format.ts';

test('numbers: about three digits, exponents only where it must be', () => {
  const shown = [
    0,
    0.34,
    0.10736,
    12.345,
    123.4,
    1234.5,
    1_234_567,
    2.5e8,
    0.00002,
    -0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ].map(formatNumber);
  assert.deepEqual(shown, [
    '0',
    '0.34',
    '0.107',
    '12.3',
    '123',
    '1,235',
    '1,234,567',
    '2.5e8',
    '2.0e-5',
    '-0.5',
    '–',
    '–',
  ]);
});

test('shares and thousands', () => {
  assert.equal(formatPercent(0.8934), '89.3 %');
  assert.equal(formatPercent(0.5, 0), '50 %');
  assert.equal(formatPercent(Number.NaN), '–');
  assert.equal(groupThousands(1_234_567), '1,234,567');
  assert.equal(groupThousands(999), '999');
});

test('times are UTC, seconds only where there are some', () => {
  assert.equal(formatTime(Date.UTC(2024, 4, 1, 12, 30)), '2024-05-01 12:30');
  assert.equal(formatTime(Date.UTC(2024, 4, 1, 12, 30, 5)), '2024-05-01 12:30:05');
});

test('durations: two units', () => {
  const minute = 60_000;
  const shown = [
    250,
    1500,
    10_000,
    minute,
    90 * minute,
    1440 * minute,
    3 * 1440 * minute + 4 * 60 * minute,
    Number.NaN,
  ].map(formatDuration);
  assert.deepEqual(shown, ['250 ms', '1.5 s', '10 s', '1 min', '1 h 30 min', '1 d', '3 d 4 h', '–']);
});
