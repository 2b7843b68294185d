import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interpolateLog } from '../../../src/cli/doctor/interpolate-log.ts';

const near = (got: number, want: number) => assert.ok(Math.abs(got - want) < 1e-9 * want, `${got}, not ${want}`);

describe('interpolateLog', () => {
  const measured = { 8: 5, 1: 0.5, 128: 200, 32: 20 };

  it('gives back what was measured', () => {
    for (const [x, y] of Object.entries(measured)) near(interpolateLog(measured, Number(x)), y);
  });

  it('is a power law between two points, and goes on beyond the ends', () => {
    near(interpolateLog(measured, 16), 10);
    near(interpolateLog(measured, 64), Math.sqrt(20 * 200));
    near(interpolateLog(measured, 512), 2000);
    near(interpolateLog({ 1: 3, 10: 30 }, 0.1), 0.3);
  });

  it('rises wherever what was measured rises', () => {
    let before = 0;
    for (let x = 1; x <= 400; x++) {
      const y = interpolateLog(measured, x);
      assert.ok(y > before, `at ${x}`);
      before = y;
    }
  });

  it('takes one point for all, and refuses none', () => {
    assert.equal(interpolateLog({ 8: 5 }, 100), 5);
    assert.throws(() => interpolateLog({}, 1), RangeError);
  });
});
