import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stepsOf } from '../../../src/diffusion/sampler/steps-of.ts';

it('stepsOf pairs each level with the next', () => {
  assert.deepEqual(stepsOf([3, 1, 0]), [
    { sigma: 3, next: 1 },
    { sigma: 1, next: 0 },
  ]);
  assert.deepEqual(stepsOf([3]), []);
});
