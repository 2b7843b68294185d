import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { interpolate } from '../../../src/diffusion/base/interpolate.ts';

/** The definition, cell by cell: nearest known cells on both sides. */
function naive(z: Float32Array, known: Uint8Array, length: number, channels: number): number[] {
  return Array.from({ length: length * channels }, (_, i) => {
    const t = Math.floor(i / channels);
    const d = i % channels;
    const at = (row: number) => row * channels + d;
    let left = t;
    while (left >= 0 && known[at(left)] === 0) left--;
    let right = t;
    while (right < length && known[at(right)] === 0) right++;
    if (left < 0 && right >= length) return 0;
    if (left < 0) return z[at(right)];
    if (right >= length) return z[at(left)];
    return left === right ? z[i] : z[at(left)] + ((t - left) / (right - left)) * (z[at(right)] - z[at(left)]);
  });
}

const windows = fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 4 })).chain(([length, channels]) =>
  fc.record({
    length: fc.constant(length),
    channels: fc.constant(channels),
    z: fc.array(fc.float({ min: -25, max: 25, noNaN: true }), {
      minLength: length * channels,
      maxLength: length * channels,
    }),
    known: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: length * channels, maxLength: length * channels }),
  }),
);

describe('interpolate', () => {
  it('is a line between known cells, held at the edges, 0 where nothing is known', () => {
    fc.assert(
      fc.property(windows, ({ length, channels, z, known }) => {
        // what is not known is never read: NaN in its place changes nothing
        const values = Float32Array.from(z, (v, i) => (known[i] === 1 ? v : Number.NaN));
        const out = new Float32Array(z.length).fill(99);
        interpolate(values, Uint8Array.from(known), length, channels, out);
        naive(values, Uint8Array.from(known), length, channels).forEach((want, i) =>
          assert.ok(Math.abs(out[i] - want) <= 1e-5 * (1 + Math.abs(want)), `cell ${i}: ${out[i]}, expected ${want}`),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('leaves known cells as they are', () => {
    fc.assert(
      fc.property(windows, ({ length, channels, z, known }) => {
        const out = new Float32Array(z.length);
        interpolate(Float32Array.from(z), Uint8Array.from(known), length, channels, out);
        known.forEach((k, i) => {
          if (k === 1) assert.equal(out[i], Math.fround(z[i]));
        });
      }),
    );
  });

  it('writes no further than its window', () => {
    const out = new Float32Array(6).fill(7);
    interpolate(Float32Array.of(1, 2, 3, 4), Uint8Array.of(1, 0, 0, 0), 2, 2, out);
    assert.deepEqual([...out], [1, 0, 1, 0, 7, 7]);
  });
});
