/**
 * Linear interpolation over time between known cells, edges held; a channel without any known cell is 0 (the training mean).
 * The cheap base for gaps, and what the other bases read where their inputs are missing.
 *
 * @param z [time, channel], normalised; only cells with known = 1 are read
 * @param out [time, channel]
 */
export function interpolate(
  z: Float32Array,
  known: Uint8Array,
  length: number,
  channels: number,
  out: Float32Array,
): void {
  for (let d = 0; d < channels; d++) {
    let previous = -1;
    for (let t = 0; t < length; t++) {
      if (known[t * channels + d] === 0) continue;
      const value = z[t * channels + d] as number;
      out[t * channels + d] = value;
      const from = previous < 0 ? value : (z[previous * channels + d] as number);
      for (let k = previous + 1; k < t; k++) {
        const share = previous < 0 ? 1 : (k - previous) / (t - previous);
        out[k * channels + d] = from + share * (value - from);
      }
      previous = t;
    }
    const held = previous < 0 ? 0 : (z[previous * channels + d] as number);
    for (let t = previous + 1; t < length; t++) out[t * channels + d] = held;
  }
}
