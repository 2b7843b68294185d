import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { forecastMask, gapMask, scoreHorizons, scoreRows, suffixMask } from '../../src/diffusion/masks.ts';

const share = (mask: Uint8Array) => mask.reduce((a, b) => a + b, 0) / mask.length;

describe('suffixMask', () => {
  it('masks the last rows of the channels that may be masked', () => {
    assert.deepEqual([...suffixMask(4, 2, 1)], [0, 0, 0, 0, 0, 0, 1, 1]);
    assert.deepEqual([...suffixMask(3, 2, 2, [false, true])], [0, 0, 0, 1, 0, 1]);
    assert.deepEqual([...suffixMask(2, 1, 0)], [0, 0]);
    assert.deepEqual([...suffixMask(2, 1, 5)], [1, 1]);
  });
});

describe('forecastMask', () => {
  const { NaN: none } = Number;
  const z = Float32Array.of(1, 1, 1, 1, 1, none, 1, 1); // [4, 2]

  it('masks the last rows but for what is planned of them and known', () => {
    assert.deepEqual([...forecastMask(z, 4, 2, 2, [1])], [0, 0, 0, 0, 1, 1, 1, 0]);
    assert.deepEqual([...forecastMask(z, 4, 2, 2, [0, 1])], [0, 0, 0, 0, 0, 1, 0, 0]);
    assert.deepEqual([...forecastMask(z, 4, 2, 3, [0], 2)], [0, 0, 0, 1, 0, 1, 1, 1], 'a plan of two rows');
  });

  it('without a plan is the suffix', () => {
    for (const mask of [forecastMask(z, 4, 2, 3, []), forecastMask(z, 4, 2, 3, [0, 1], 0)])
      assert.deepEqual(mask, suffixMask(4, 2, 3));
  });
});

describe('scoreRows', () => {
  it('leaves at least half of the window known', () => {
    assert.deepEqual(
      scoreHorizons.map((h) => scoreRows(h, 96)),
      [4, 16],
    );
    assert.deepEqual(
      scoreHorizons.map((h) => scoreRows(h, 16)),
      [4, 8],
    );
  });
});

describe('gapMask', () => {
  const seeds = fc.integer();

  it('is of zeros and ones, the same for the same seed, and leaves no window wholly known for long', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32, 96), (seed, channels, length) => {
        const mask = gapMask(createRng(seed), length, channels, null);
        assert.equal(mask.length, length * channels);
        assert.ok(mask.every((m) => m === 0 || m === 1));
        assert.deepEqual(gapMask(createRng(seed), length, channels, null), mask);
      }),
    );
  });

  it('masks from little to much: single cells, blocks, outages of many channels', (t) => {
    const seed = 3;
    t.diagnostic(`seed ${seed}`);
    const rng = createRng(seed);
    const shares = Array.from({ length: 400 }, () => share(gapMask(rng, 48, 8, null))).sort((a, b) => a - b);
    assert.ok(shares[20] > 0.01 && shares[20] < 0.15, `${shares[20]}`);
    assert.ok(shares[380] > 0.4 && shares[380] < 0.95, `${shares[380]}`);
  });

  it('takes the holes of the donor in half of the draws, and ignores a donor without holes', (t) => {
    const seed = 4;
    t.diagnostic(`seed ${seed}`);
    const rng = createRng(seed);
    const donor = new Float32Array(40);
    const holes = [3, 4, 5, 17, 31];
    for (const i of holes) donor[i] = Number.NaN;
    let taken = 0;
    for (let k = 0; k < 400; k++) {
      const mask = gapMask(rng, 20, 2, donor);
      if (holes.every((i) => mask[i] === 1) && share(mask) < 0.3) taken++;
    }
    assert.ok(taken > 140 && taken < 270, `${taken}`);
    const same = gapMask(createRng(1), 20, 2, new Float32Array(40));
    assert.ok(share(same) > 0);
  });
});
