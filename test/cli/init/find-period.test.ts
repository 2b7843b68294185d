import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findPeriod } from '../../../src/cli/init/find-period.ts';

const noise = (row: number) => {
  const x = Math.sin(row * 12.9898 + 78.233) * 43758.5453;
  return x - Math.floor(x) - 0.5;
};
const series = (count: number, at: (row: number) => number) =>
  Float64Array.from({ length: count }, (_, row) => at(row));
const wave = (period: number) => (row: number) => Math.sin((2 * Math.PI * row) / period);

describe('findPeriod', () => {
  it('finds the cycle, in noise and with gaps', () => {
    for (const period of [6, 24, 96, 144]) {
      const clean = findPeriod(series(period * 8, wave(period)));
      assert.ok(clean !== null && Math.abs(clean - period) <= 0.01 * period, `${clean} for ${period}`);
      const found = findPeriod(
        series(period * 12, (row) => (row % 17 === 0 ? Number.NaN : wave(period)(row) + noise(row))),
      );
      assert.ok(found !== null && Math.abs(found - period) <= 0.04 * period + 1, `${found} for ${period}`);
    }
  });

  it('finds it on a slow slope', () => {
    const found = findPeriod(series(1000, (row) => wave(24)(row) + row / 300));
    assert.ok(found !== null && Math.abs(found - 24) <= 1, String(found));
  });

  it('finds none in noise, in a line, in a constant, in too few cycles', () => {
    assert.equal(findPeriod(series(2000, noise)), null);
    assert.equal(findPeriod(series(500, (row) => row)), null);
    assert.equal(findPeriod(series(500, () => 3)), null);
    assert.equal(findPeriod(series(100, wave(80))), null);
    assert.equal(findPeriod(new Float64Array(0)), null);
    assert.equal(findPeriod(series(50, () => Number.NaN)), null);
  });
});
