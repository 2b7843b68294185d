import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sumCells } from '../../../src/diffusion/ops/sum-cells.ts';
import { plain, plainOps } from '../plain-ops.ts';

it('sumCells adds up each row of the batch, whatever the shape of a row', () => {
  const x = plain([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 1, 2]);
  const out = sumCells(plainOps, x, 4);
  assert.deepEqual(out.shape, [2, 1]);
  assert.deepEqual([...out.values], [10, 26]);
});
