import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownValues } from '../../../src/cli/evaluate/truth.ts';

test('what is shown is the truth without the hidden cells', () => {
  const truth = Float64Array.from([1, 2, Number.NaN]);
  const own = { series: 's', startMs: 0, rows: 3, truth, hidden: Uint8Array.from([0, 1, 0]), labels: null };
  assert.deepEqual([...shownValues(own)], [1, Number.NaN, Number.NaN]);
  assert.equal(truth[1], 2);
});
