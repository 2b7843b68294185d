import { createRng } from '../../core/rng.ts';

const SINGLE_CELL_RATE = 0.03;
/** A channel of its own goes away for 5-40 rows: with 22.5 rows on average about 3.5 % of all cells. */
const CHANNEL_BLOCK_RATE = 0.0016;
const CHANNEL_BLOCK_ROWS = { min: 5, max: 40 };
/** Several channels at once (a field bus) for 5-20 rows: about 2 % of all cells. */
const BUS_OUTAGE_RATE = 0.0033;
const BUS_OUTAGE_ROWS = { min: 5, max: 20 };

/**
 * Hides about 8.5 % of the cells of one series: single ones, blocks of one channel, and several channels at once.
 * At least one channel of every row stays.
 */
export function createDropouts(seed: number, channels: number): (values: readonly number[]) => (number | null)[] {
  const rng = createRng(seed);
  const between = (rows: { min: number; max: number }) => rows.min + rng.integer(rows.max - rows.min + 1);
  const hiddenRows = new Int32Array(channels);
  return (values) => {
    if (rng.uniform() < BUS_OUTAGE_RATE) {
      const rows = between(BUS_OUTAGE_ROWS);
      const width = Math.max(2, Math.round(channels * (0.3 + 0.4 * rng.uniform())));
      const first = rng.integer(channels);
      for (let k = 0; k < width; k++) {
        const c = (first + k) % channels;
        hiddenRows[c] = Math.max(hiddenRows[c], rows);
      }
    }
    const observed = values.map((value, c): number | null => {
      if (rng.uniform() < CHANNEL_BLOCK_RATE) hiddenRows[c] = Math.max(hiddenRows[c], between(CHANNEL_BLOCK_ROWS));
      const hidden = rng.uniform() < SINGLE_CELL_RATE || hiddenRows[c] > 0;
      if (hiddenRows[c] > 0) hiddenRows[c] -= 1;
      return hidden ? null : value;
    });
    if (!observed.some((value) => value !== null)) observed[0] = values[0];
    return observed;
  };
}
