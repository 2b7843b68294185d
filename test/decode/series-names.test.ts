import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/decode/fault.ts';
import { createSeriesNames } from '../../src/decode/series-names.ts';

test('names are remembered up to the limit and stay right beyond it', () => {
  const name = createSeriesNames({ seriesMax: 3, seriesNameCharsMax: 5 });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 10; i++) {
      assert.equal(name(`s${i}`), `s${i}`);
      assert.equal(name(` s${i} `), `s${i}`);
      assert.equal(name(i), String(i));
    }
    for (const [value, reason] of [
      ['toolong', 'series_invalid'],
      ['', 'series_invalid'],
      [null, 'series_missing'],
      [NaN, 'series_invalid'],
    ]) {
      const fault = name(value);
      assert.ok(fault instanceof Fault);
      assert.equal(fault.reason, reason);
    }
  }
});
