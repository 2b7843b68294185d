/** Evidence, in rows, that a channel's own ratio has to outweigh against 1, and a horizon's against its channel's. */
const channelPriorRows = 20;
const horizonPriorRows = 100;
const factorMin = 0.2;
const factorMax = 5;
/** A law that expects hardly any deviation (its channel lies at a bound) leaves the prior this much weight. */
const expectationMin = 1e-3;

/**
 * Factors on the widths of one channel's forecasts, one a horizon, from decayed sums over what was resolved.
 *
 *   rho_channel = (mean A + 20 e) / (mean E + 20 e),  rho = (A + 100 rho_channel e) / (E + 100 e), clipped to .2-5
 *
 * @param deviations A, sums of |u|, u the deviation in half widths, at most 2
 * @param expected E, sums of what |u| was expected to be
 * @param rows decayed numbers of rows resolved
 */
export function writeFactors(
  deviations: Float32Array,
  expected: Float32Array,
  rows: Float32Array,
  out: Float32Array,
): void {
  const horizon = out.length;
  const resolved = sum(rows);
  if (resolved === 0) {
    out.fill(1);
    return;
  }
  const e = Math.max(expectationMin, sum(expected) / resolved);
  const prior = channelPriorRows * e;
  const ofChannel = (sum(deviations) / horizon + prior) / (sum(expected) / horizon + prior);
  for (let h = 0; h < horizon; h++) {
    const factor = (deviations[h] + horizonPriorRows * ofChannel * e) / (expected[h] + horizonPriorRows * e);
    out[h] = Math.min(factorMax, Math.max(factorMin, factor));
  }
}

export function sum(values: Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
