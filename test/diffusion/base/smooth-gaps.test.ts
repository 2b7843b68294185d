import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import { fitFactorKalman } from '../../../src/diffusion/base/factor-kalman-fit.ts';
import { fitKalman } from '../../../src/diffusion/base/fit-kalman.ts';
import { type GapModel, smoothGaps } from '../../../src/diffusion/base/smooth-gaps.ts';

const hourMs = 3_600_000;
const channels = 5;
const rows = 1200;
const level = 4;

/** Five channels that follow one slow wave and the hour of the day, with noise of their own. */
function feed(seed: number) {
  const rng = createRng(seed);
  const z = new Float32Array(rows * channels);
  let wave = 0;
  for (let t = 0; t < rows; t++) {
    wave = 0.95 * wave + 0.3 * rng.normal();
    const day = Math.sin((2 * Math.PI * t) / 24);
    for (let d = 0; d < channels; d++) z[t * channels + d] = level + wave + day + 0.15 * rng.normal();
  }
  return { z, rows, startMs: 0 };
}

const train = feed(1);
const models: GapModel[] = [
  fitKalman([train], channels, { stepMs: hourMs, rank: 2, iterations: 8 }),
  fitFactorKalman([train], channels, { stepMs: hourMs, rank: 2 }),
];
const estimate = (length: number) => ({
  mean: new Float32Array(length * channels),
  std: new Float32Array(length * channels),
  leaveOneOut: new Float32Array(length * channels),
});

for (const model of models)
  describe(`smoothGaps, ${model.kind}`, () => {
    const test = feed(2);
    const length = 48;
    const start = 240;
    const z = test.z.subarray(start * channels, (start + length) * channels);

    it('fills a stretch of one channel from the others, far better than its mean, and says how well', () => {
      let squares = 0;
      let standardised = 0;
      let cells = 0;
      const out = estimate(length);
      for (let d = 0; d < channels; d++) {
        const known = Uint8Array.from({ length: length * channels }, (_, i) =>
          i % channels === d && i >= 15 * channels && i < 35 * channels ? 0 : 1,
        );
        smoothGaps(model, z, known, length, start * hourMs, out);
        for (let i = 0; i < known.length; i++) {
          if (known[i] === 1) continue;
          squares += (z[i] - out.mean[i]) ** 2;
          standardised += ((z[i] - out.mean[i]) / out.std[i]) ** 2;
          cells++;
        }
      }
      assert.ok(Math.sqrt(squares / cells) < 0.25, `root mean square error ${Math.sqrt(squares / cells)}`);
      // a mean of 100 squares of standard normals, of standard deviation sqrt(2 / 100); six of these, and what the fit is off by
      assert.ok(Math.abs(standardised / cells - 1) < 0.85, `standardised squares ${standardised / cells}`);
    });

    it('knows the hour of a window in which nothing is known', () => {
      const out = estimate(24);
      for (const first of [0, 7]) {
        smoothGaps(model, new Float32Array(24 * channels), new Uint8Array(24 * channels), 24, first * hourMs, out);
        const at = (hour: number) => out.mean[(hour - first) * channels];
        assert.ok(at(8) > level - 1 && at(8) - at(18) > 1, `${at(8)} at 8, ${at(18)} at 18`);
        assert.ok(out.leaveOneOut.every((value) => value === 0));
        assert.ok(out.std.every((std) => std > 0.5));
      }
    });

    it('says of a known cell how unlike the rest it is', () => {
      const spoilt = z.slice();
      const cell = 20 * channels + 3;
      spoilt[cell] += 2;
      const out = estimate(length);
      smoothGaps(model, spoilt, new Uint8Array(length * channels).fill(1), length, start * hourMs, out);
      assert.ok(out.leaveOneOut[cell] > 5);
      const typical = [...out.leaveOneOut].map(Math.abs).sort((a, b) => a - b)[(length * channels) >> 1];
      assert.ok(typical < 1.5 && out.leaveOneOut[cell] > 3 * typical);
    });

    it('lets nothing of an unknown cell into any result', () => {
      fc.assert(
        fc.property(
          fc.integer(),
          fc.integer({ min: 1, max: length }),
          fc.double({ noNaN: false }),
          (seed, rowsOf, hidden) => {
            const rng = createRng(seed);
            const cells = rowsOf * channels;
            const known = Uint8Array.from({ length: cells }, () => (rng.uniform() < 0.6 ? 1 : 0));
            const [one, two] = [estimate(rowsOf), estimate(rowsOf)];
            smoothGaps(model, z.slice(0, cells), known, rowsOf, 0, one);
            smoothGaps(
              model,
              z.slice(0, cells).map((value, i) => (known[i] === 1 ? value : hidden)),
              known,
              rowsOf,
              0,
              two,
            );
            assert.deepEqual(one, two);
            for (const values of Object.values(one)) assert.ok(values.every(Number.isFinite));
          },
        ),
        { numRuns: 40 },
      );
    });
  });
