import assert from 'node:assert/strict';
import { it } from 'node:test';
import { combine } from '../../../src/diffusion/ops/combine.ts';
import { plain, plainOps } from '../plain-ops.ts';

it('combine is a x + b y, with broadcasting', () => {
  const out = combine(plainOps, 2, plain([1, 2, 3, 4], [2, 2]), -1, plain([10, 20], [1, 2]));
  assert.deepEqual([...out.values], [-8, -16, -4, -12]);
});
