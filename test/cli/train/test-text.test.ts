import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testText, weaknesses } from '../../../src/cli/train/test-text.ts';
import type { TestMetrics } from '../../../src/infer/manifest.ts';

const law = (crps: number) => ({ crps, mae: crps, coverage90: 0.9 });
const tested = (imputation: number, forecast: number): TestMetrics => ({
  rows: 100,
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-02T00:00:00.000Z',
  imputation: { cells: 10, model: law(imputation), baselines: { base: law(0.2) } },
  forecast: { cells: 10, model: law(forecast), baselines: { ridge: law(0.3), naive: law(0.1) } },
});

describe('testText', () => {
  test('tells what was tested and how everybody did', () => {
    const text = testText(tested(0.1, 0.2), 24);
    assert.match(text, /the newest 100 rows, 2026-01-01 00:00 to 2026-01-02 00:00/);
    assert.match(text, /forecast of 10 cells, up to 24 steps ahead/);
    assert.match(text, /its base alone\s+0\.200/);
  });

  test('says so where there is none', () => assert.match(testText(null, 24), /^test: none/));
});

describe('weaknesses', () => {
  test('are where the base alone is better, and only there', () => {
    assert.deepEqual(weaknesses(tested(0.1, 0.2)), []);
    assert.deepEqual(weaknesses(null), []);
    const [line, ...rest] = weaknesses(tested(0.25, 0.2));
    assert.match(line ?? '', /filling gaps.*CRPS 0\.250, 0\.200.*--bases-only/);
    assert.deepEqual(rest, []);
    assert.equal(weaknesses(tested(0.25, 0.4)).length, 2);
  });
});
