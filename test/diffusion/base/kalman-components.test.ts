import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { principalComponents } from '../../../src/diffusion/base/kalman-components.ts';

describe('principalComponents', () => {
  it('finds the axes of a known covariance, the longest first', () => {
    // 9 along (1, 1)/sqrt 2, 4 along the third axis, 1 along (1, -1)/sqrt 2; lower triangle
    const v = principalComponents(Float64Array.from([5, 0, 0, 4, 5, 0, 0, 0, 4]), 3, 2);
    const h = Math.SQRT1_2;
    [h, 0, h, 0, 0, 1].forEach((want, i) => assert.ok(Math.abs(v[i] - want) < 1e-9, `${i}: ${v[i]}`));
  });

  it('points each axis so that its largest entry is positive', () => {
    const v = principalComponents(Float64Array.from([1, 0, -3, 10]), 2, 2);
    assert.ok(v[2] > 0.9 && v[1] > 0.9);
  });

  it('of one channel is 1', () => assert.deepEqual([...principalComponents(Float64Array.from([2]), 1, 1)], [1]));
});
