import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { referenceNames } from '../../../src/core/reference-names.ts';
import { type FormatModule, loadPage } from './load-page.ts';

const { alertLength, dateTime, describeReferences, duration, number, percent, pValue, references, unusual } =
  await loadPage<FormatModule>('format.js');

test('numbers read well at every size', () => {
  const cases: readonly [number | null | undefined, string][] = [
    [0, '0'],
    [412.345, '412.3'],
    [-0.012345, '-0.01235'],
    [12_345, '12\u202f345'],
    [3e9, '3.00e+9'],
    [1e-7, '1.00e-7'],
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
  ];
  for (const [value, text] of cases) assert.equal(number(value), text);
});

test('a number is never far from what is written', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (value) => {
      const read = Number(number(value).replaceAll('\u202f', ''));
      assert.ok(Math.abs(read - value) <= Math.abs(value) * 0.006, `${value} is written ${number(value)}`);
    }),
  );
});

test('p-values keep what matters: how small they are', () => {
  assert.deepEqual([1, 0.24, 0.05, 0.001, 0.00018].map(pValue), ['1.00', '0.24', '0.05', '0.001', '0.00018']);
  assert.equal(pValue(null), '–');
});

test('how unusual: orders of magnitude, never negative', () => {
  assert.equal(unusual(1), 0);
  assert.equal(unusual(0.001)?.toFixed(6), '3.000000');
  assert.equal(unusual(0), null);
  assert.equal(unusual(null), null);
});

test('durations have the unit that fits', () => {
  const minute = 60_000;
  const cases: readonly [number, string][] = [
    [0, '0 s'],
    [4200, '4.2 s'],
    [90_000, '90 s'],
    [16 * minute, '16 min'],
    [150 * minute, '2 h 30 min'],
    [72 * 60 * minute, '3 d'],
    [3 * 365.25 * 24 * 60 * minute, '3.0 y'],
    [-5, '0 s'],
  ];
  for (const [ms, text] of cases) assert.equal(duration(ms), text);
});

test('shares and times', () => {
  assert.equal(percent(0.934), '93 %');
  assert.equal(percent(null), '–');
  assert.match(dateTime(1_773_446_400_000), /^2026-03-1[345] \d\d:\d\d:00$/);
  assert.equal(dateTime(null), '–');
});

test('an open alert lasts until now, a resolved one until it was resolved', () => {
  assert.equal(alertLength({ state: 'firing', startMs: 100, timeMs: 110 }, 500), 400);
  assert.equal(alertLength({ state: 'resolved', startMs: 100, timeMs: 300 }, 500), 200);
  assert.equal(alertLength({ state: 'pending', startMs: 100, timeMs: 110 }, null), 10);
});

test('references: every one has a name; what each would have done', () => {
  assert.deepEqual(references.map(({ key }) => key).toSorted(), referenceNames.toSorted());
  const found = {
    ridge_var: { minPValue: 0.0004, alarm: true, learning: false },
    z_score: { minPValue: 0.03, alarm: false, learning: false },
  };
  assert.deepEqual(describeReferences(found), ['ridge VAR: p 0.0004, alarm too', 'z-score: p 0.03, no alarm']);
  const learning = { ...found, z_score: { minPValue: 0.03, alarm: false, learning: true } };
  assert.equal(describeReferences(learning).at(-1), 'z-score: still learning');
});
