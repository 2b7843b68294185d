import type { Ops } from './ops.ts';

/**
 * Sum over all cells of a batch row.
 * @param x [batch, ...] with `cells` elements a row
 * @returns [batch, 1]
 */
export function sumCells<T>(ops: Ops<T>, x: T, cells: number): T {
  const ones = ops.constant(new Float32Array(cells).fill(1), [cells, 1]);
  return ops.linear(ops.reshape(x, [-1, cells]), ones, ops.constant(new Float32Array(1), [1]));
}
