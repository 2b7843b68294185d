import type { Rng } from '../../core/rng.ts';

/** About this share of the observed cells is hidden. */
const singleShare = 0.03;
const blockShare = 0.05;
const outageShare = 0.02;
const blockRowsMin = 5;
const blockRowsMax = 20;

/**
 * Which observed cells to hide from the pipeline to measure imputation: single cells, blocks of one channel of 5 to 20 rows,
 * and outages of several channels at once, a tenth of the cells in all. Rows outside [firstRow, lastRow) are left alone.
 * @returns [row, channel], 1 where hidden
 */
export function hideCells(
  values: Float64Array,
  channels: number,
  firstRow: number,
  lastRow: number,
  rng: Rng,
): Uint8Array {
  const hidden = new Uint8Array(values.length);
  const hide = (row: number, channel: number) => {
    const i = row * channels + channel;
    if (row < lastRow && !Number.isNaN(values[i] as number)) hidden[i] = 1;
  };
  const blockRows = () => blockRowsMin + rng.integer(blockRowsMax - blockRowsMin + 1);
  const meanRows = (blockRowsMin + blockRowsMax) / 2;
  for (let row = firstRow; row < lastRow; row++) {
    for (let channel = 0; channel < channels; channel++) {
      if (rng.uniform() < singleShare) hide(row, channel);
      if (rng.uniform() < blockShare / meanRows) for (let k = blockRows(); k > 0; k--) hide(row + k - 1, channel);
    }
    if (channels > 1 && rng.uniform() < (2 * outageShare) / meanRows) {
      const hit = Array.from({ length: channels }, (_, c) => c).filter(() => rng.uniform() < 0.5);
      for (let k = blockRows(); k > 0; k--) for (const channel of hit) hide(row + k - 1, channel);
    }
  }
  return hidden;
}
