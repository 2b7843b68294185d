import type { Rng } from '../core/rng.ts';

/** Masked rows at the end for the two horizons of the anomaly score. */
export const scoreHorizons = [4, 16] as const;

/** Rows that a horizon of the score masks in a window of `length`: at least half of it stays known. */
export const scoreRows = (horizon: number, length: number): number => Math.min(horizon, Math.floor(length / 2));

/** Masks the last `rows` rows of the channels with maskable true. */
export function suffixMask(length: number, channels: number, rows: number, maskable?: readonly boolean[]): Uint8Array {
  const mask = new Uint8Array(length * channels);
  for (let t = length - rows; t < length; t++) {
    for (let d = 0; d < channels; d++) if (maskable === undefined || maskable[d]) mask[t * channels + d] = 1;
  }
  return mask;
}

/**
 * The mask of a forecast: the last `rows` rows, but for what is planned of them: cells with a value of the `planned` channels, in the
 * first `plannedRows` of these rows.
 * @param z [time, channel], NaN where missing
 */
export function forecastMask(
  z: Float32Array,
  length: number,
  channels: number,
  rows: number,
  planned: readonly number[],
  plannedRows = rows,
): Uint8Array {
  const mask = suffixMask(length, channels, rows);
  for (let t = length - rows; t < length - rows + plannedRows; t++)
    for (const d of planned) if (!Number.isNaN(z[t * channels + d] as number)) mask[t * channels + d] = 0;
  return mask;
}

/** Masks some channels over the whole window. */
export function channelMask(length: number, channels: number, group: readonly number[]): Uint8Array {
  const mask = new Uint8Array(length * channels);
  for (let t = 0; t < length; t++) for (const d of group) mask[t * channels + d] = 1;
  return mask;
}

/**
 * A gap mask for training: the holes of another window where the feed has holes (half of the draws), else single cells,
 * blocks of one channel, outages of several channels at once, in random mixture.
 * @param donor [time, channel] of another window, NaN where missing; or null
 */
export function gapMask(rng: Rng, length: number, channels: number, donor: Float32Array | null): Uint8Array {
  const mask = new Uint8Array(length * channels);
  if (donor !== null && rng.uniform() < 0.5) {
    for (let i = 0; i < mask.length; i++) if (Number.isNaN(donor[i] as number)) mask[i] = 1;
    if (mask.some((m) => m === 1)) {
      addCells(rng, mask, 0.03);
      return mask;
    }
  }
  addCells(rng, mask, rng.uniform() < 0.5 ? 0.05 : 0.5 * rng.uniform());
  const blocks = rng.integer(Math.max(2, Math.ceil(channels / 2)) + 1);
  for (let k = 0; k < blocks; k++) addBlock(rng, mask, length, channels, [rng.integer(channels)]);
  if (rng.uniform() < 0.35) {
    const share = 0.2 + 0.8 * rng.uniform();
    const hit = Array.from({ length: channels }, (_, d) => d).filter(() => rng.uniform() < share);
    addBlock(rng, mask, length, channels, hit);
  }
  return mask;
}

function addCells(rng: Rng, mask: Uint8Array, rate: number): void {
  for (let i = 0; i < mask.length; i++) if (rng.uniform() < rate) mask[i] = 1;
}

function addBlock(rng: Rng, mask: Uint8Array, length: number, channels: number, hit: readonly number[]): void {
  const rows = 2 + rng.integer(Math.max(1, Math.min(40, Math.floor(length / 2))));
  const from = rng.integer(length) - Math.floor(rows / 4);
  for (let t = Math.max(0, from); t < Math.min(length, from + rows); t++)
    for (const d of hit) mask[t * channels + d] = 1;
}
