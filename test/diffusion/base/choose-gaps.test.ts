import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { chooseGaps, type GapBase } from '../../../src/diffusion/base/choose-gaps.ts';

const seed = 12;
const stepMs = 60_000;
const channels = 3;
const length = 24;

/** A slow common wave, seen through each channel with a little noise of its own; or noise alone. */
function stretchOf(rows: number, kind: 'common' | 'noise', missing = 0) {
  const rng = createRng(seed);
  let wave = 0;
  const z = new Float32Array(rows * channels);
  for (let t = 0; t < rows; t++) {
    wave = 0.8 * wave + 0.6 * rng.normal();
    for (let d = 0; d < channels; d++) {
      const value = kind === 'common' ? wave + 0.1 * rng.normal() : rng.normal();
      z[t * channels + d] = rng.uniform() < missing ? Number.NaN : value;
    }
  }
  return { z, rows, startMs: 0 };
}

const choose = (stretches: readonly ReturnType<typeof stretchOf>[], gapBase: GapBase) =>
  chooseGaps(stretches, channels, { gapBase, stepMs, length }, createRng(seed));

describe(`chooseGaps (seed ${seed})`, () => {
  it('takes the smoother where channels tell of one another, and the line when asked to', () => {
    assert.equal(choose([stretchOf(600, 'common')], 'auto')?.kind, 'kalman');
    assert.equal(choose([stretchOf(600, 'common')], 'interpolation'), null);
    assert.equal(choose([stretchOf(600, 'common')], 'kalman')?.kind, 'kalman');
    assert.equal(chooseGaps([], 0, { stepMs, length }, createRng(seed)), null);
  });

  it('is the same on a grid of records with long empty stretches between them as on the records alone', () => {
    const records = Array.from({ length: 6 }, (_, k) => ({
      ...stretchOf(90, 'common', 0.2),
      startMs: k * 200 * stepMs,
    }));
    for (const { z } of records) {
      z[0] = 0; // a record begins and ends with a value
      z[z.length - 1] = 0;
    }
    const z = new Float32Array(6 * 200 * channels).fill(Number.NaN);
    records.forEach((record, k) => {
      z.set(record.z, k * 200 * channels);
    });
    const grid = { z, rows: 6 * 200, startMs: 0 };
    assert.deepEqual(choose([grid], 'kalman'), choose(records, 'kalman'));
  });

  it('reads more rows of a sparse feed than of a full one', () => {
    // of 20,000 rows a full feed is read to 6,000, one with nine tenths missing to the end: what the third stretch is like shows there
    const changeOfFit = (missing: number): number => {
      const stretch = stretchOf(20_000, 'common', missing);
      const other = { ...stretch, z: stretch.z.slice() };
      // neighbours swapped: other dynamics, the same means of an hour
      for (let t = 2 * 192; t < 3 * 192; t += 2) {
        other.z.set(stretch.z.subarray(t * channels, (t + 1) * channels), (t + 1) * channels);
        other.z.set(stretch.z.subarray((t + 1) * channels, (t + 2) * channels), t * channels);
      }
      const [before, after] = [stretch, other].map((one) => {
        const model = choose([one], 'kalman');
        return model?.kind === 'kalman' ? model.stateNoise : assert.fail();
      });
      return Math.max(...before.map((value, i) => Math.abs(value - after[i])));
    };
    assert.ok(
      changeOfFit(0) < 1e-6,
      'the means alone, and those but for rounding, depend on a stretch that is not read',
    );
  });
});
