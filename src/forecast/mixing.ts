const sharpness = 20;
/** Rows resolved before the weights are what the errors say; until then the network keeps the rest. */
const trustedRows = 100;

/**
 * Weights of the members at one horizon: softmax(-20 (c / mean c - 1)) of their decayed CRPS c, half of it that of this horizon, half
 * that of all horizons of the channel. Sums take the place of means: every member was resolved on the same cells.
 *
 * @param own [member] decayed CRPS at this horizon
 * @param all [member] the same, mean over the horizons
 * @param rows decayed rows resolved of the channel
 * @param out weights, from `at`
 */
export function writeWeights(own: Float64Array, all: Float64Array, rows: number, out: Float64Array, at: number): void {
  const count = own.length;
  let mean = 0;
  for (let k = 0; k < count; k++) mean += (own[k] + all[k]) / (2 * count);
  let total = 0;
  for (let k = 0; k < count; k++) {
    const ratio = mean > 0 ? (own[k] + all[k]) / (2 * mean) : 1;
    out[at + k] = Math.exp(-sharpness * (ratio - 1));
    total += out[at + k];
  }
  const trust = Math.min(1, rows / trustedRows);
  for (let k = 0; k < count; k++) out[at + k] = (trust * out[at + k]) / total + (k === 0 ? 1 - trust : 0);
}
