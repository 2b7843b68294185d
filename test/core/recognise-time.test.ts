import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recogniseTime, type TimeFormat, timeFormats, timeMsMax, timeMsMin } from '../../src/core/recognise-time.ts';

const noon = Date.UTC(2026, 2, 1, 12, 0, 0);

test('ISO 8601 with and without zone, seconds and fraction', () => {
  const cases: [string, number][] = [
    ['2026-03-01T12:00:00Z', noon],
    ['2026-03-01t12:00:00z', noon],
    ['2026-03-01 12:00:00', noon],
    ['2026-03-01T12:00', noon],
    ['2026-03-01T12:00:00.5Z', noon + 500],
    ['2026-03-01T12:00:00,250Z', noon + 250],
    ['2026-03-01T12:00:00.123456789Z', noon + 123],
    ['2026-03-01T14:00:00+02:00', noon],
    ['2026-03-01T14:00:00+0200', noon],
    ['2026-03-01T14:00:00+02', noon],
    ['2026-03-01T06:30:00-05:30', noon],
    ['2026-03-01', noon - 12 * 3_600_000],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    [' 2026-03-01T12:00:00Z ', noon],
  ];
  for (const [text, expected] of cases) {
    assert.equal(recogniseTime(text, 'auto'), expected, text);
    assert.equal(recogniseTime(text, 'iso'), expected, text);
  }
});

test('a time without a zone is UTC whatever the zone of the machine', () => {
  const before = process.env.TZ;
  process.env.TZ = 'Asia/Tokyo';
  try {
    assert.equal(recogniseTime('2026-03-01T12:00:00', 'auto'), noon);
    assert.equal(recogniseTime('2026-03-01', 'auto'), noon - 12 * 3_600_000);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('auto tells seconds from milliseconds, as numbers and as strings', () => {
  assert.equal(recogniseTime(noon, 'auto'), noon);
  assert.equal(recogniseTime(noon / 1000, 'auto'), noon);
  assert.equal(recogniseTime(String(noon), 'auto'), noon);
  assert.equal(recogniseTime(String(noon / 1000), 'auto'), noon);
  assert.equal(recogniseTime(noon / 1000 + 0.25, 'auto'), noon + 250);
  assert.equal(recogniseTime('1.7723664e9', 'auto'), 1_772_366_400_000);
  assert.equal(recogniseTime(timeMsMin, 'auto'), timeMsMin);
  assert.equal(recogniseTime(timeMsMin / 1000, 'auto'), timeMsMin);
});

test('a named format is taken literally', () => {
  assert.equal(recogniseTime(noon, 'epoch_ms'), noon);
  assert.equal(recogniseTime(noon / 1000, 'epoch_s'), noon);
  assert.equal(recogniseTime(noon / 1000, 'epoch_ms'), null);
  assert.equal(recogniseTime(noon, 'epoch_s'), null);
  assert.equal(recogniseTime(noon, 'iso'), null);
  assert.equal(recogniseTime('2026-03-01T12:00:00Z', 'epoch_ms'), null);
});

test('what is no time, or a time that cannot be, is null', () => {
  const wrong = [
    null,
    undefined,
    true,
    {},
    [],
    '',
    '  ',
    'yesterday',
    NaN,
    Infinity,
    -Infinity,
    0,
    -1,
    1,
    -noon,
    '0x10',
    '1_000',
    '2026-02-30T00:00:00Z',
    '2025-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '2026-01-01T00:00:00+15:00',
    '2026-1-1',
    '20260101',
    '1989-12-31T23:59:59Z',
    '2300-01-01',
    '9'.repeat(65),
    '1772366400000000000',
    '2026-03-01T12:00:00Z junk',
  ];
  for (const value of wrong) assert.equal(recogniseTime(value, 'auto'), null, String(value));
});

test('every time is recognised again from each of its spellings', () => {
  const time = fc.integer({ min: timeMsMin, max: timeMsMax });
  fc.assert(
    fc.property(time, (timeMs) => {
      assert.equal(recogniseTime(new Date(timeMs).toISOString(), 'auto'), timeMs);
      assert.equal(recogniseTime(timeMs, 'auto'), timeMs);
      assert.equal(recogniseTime(timeMs / 1000, 'auto'), timeMs);
      assert.equal(recogniseTime(String(timeMs), 'epoch_ms'), timeMs);
    }),
    { numRuns: 500 },
  );
});

test('anything gives null or a whole number of milliseconds within bounds', () => {
  const format = fc.constantFrom<TimeFormat>(...timeFormats);
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string(), fc.double()), format, (value, how) => {
      const timeMs = recogniseTime(value, how);
      assert.ok(timeMs === null || (Number.isInteger(timeMs) && timeMs >= timeMsMin && timeMs <= timeMsMax));
    }),
    { numRuns: 1000 },
  );
});
