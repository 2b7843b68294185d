import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import {
  correlationOf,
  crossFeatureCount,
  crossLags,
  fitCrossRidge,
  readAcross,
  splitGroups,
} from '../../../src/diffusion/base/cross-ridge.ts';

const seed = 61;
const channels = 4;

/** Channels 0 and 1 are one oscillation with noise, 2 and 3 another; 3 is 2 one row before, doubled. */
function rowsOf(rows: number): { filled: Float32Array; usable: Uint8Array } {
  const rng = createRng(seed);
  const z = new Float32Array(rows * channels);
  let [a, b, before] = [0, 0, 0];
  for (let t = 0; t < rows; t++) {
    a = 0.9 * a + 0.4 * rng.normal();
    b = 0.9 * b + 0.4 * rng.normal();
    z.set([a + 0.05 * rng.normal(), -a + 0.05 * rng.normal() + 0.5, b, 2 * before + 0.05 * rng.normal()], t * channels);
    before = b;
  }
  return { filled: z, usable: new Uint8Array(rows).fill(1) };
}

const segment = rowsOf(8000);
const groups = [
  [0, 3],
  [1, 2],
];
const model = fitCrossRidge([segment], channels, groups, 1e6);

describe(`CrossRidge (seed ${seed})`, () => {
  it('knows how channels go together', () => {
    const c = correlationOf([segment], channels);
    for (let d = 0; d < channels; d++) assert.ok(Math.abs(c[d * channels + d] - 1) < 1e-6);
    assert.ok(c[1] < -0.95 && Math.abs(c[2]) < 0.2);
    for (let a = 0; a < channels; a++)
      for (let b = 0; b < channels; b++) assert.equal(c[a * channels + b], c[b * channels + a]);
  });

  it('reads a channel off those outside of its group, lags included', () => {
    for (const [group, worst] of [
      [[0, 3], 0.12],
      [[1, 2], 0.25],
    ] as const) {
      const length = 64;
      const filled = segment.filled.slice(0, length * channels);
      const known = new Uint8Array(length * channels).fill(1);
      for (let t = 0; t < length; t++) for (const d of group) known[t * channels + d] = 0;
      for (let i = 0; i < filled.length; i++) if (known[i] === 0) filled[i] = 9; // what stands there is not read
      readAcross(model, group, filled, known, length, channels);
      for (const d of group) {
        if (d === 2) continue; // channel 3 knows of it one row later only
        let sum = 0;
        for (let t = 4; t < length; t++) sum += Math.abs(filled[t * channels + d] - segment.filled[t * channels + d]);
        assert.ok(sum / (length - 4) < worst, `channel ${d}: ${sum / (length - 4)}`);
      }
    }
  });

  it('gives the members of a group no say in each other', () => {
    const features = crossFeatureCount(channels);
    for (const group of groups) {
      for (const d of group)
        for (const other of group)
          crossLags(channels).forEach((_, l) =>
            assert.equal(model.coefficients[d * features + l * channels + other], 0),
          );
    }
  });

  it('keeps known cells, stays within bounds', () => {
    const huge = { ...model, coefficients: model.coefficients.map((v) => 1000 * v) };
    const filled = segment.filled.slice(0, 20 * channels);
    const known = new Uint8Array(filled.length).fill(1);
    known[4 * channels] = 0;
    readAcross(huge, [0], filled, known, 20, channels);
    assert.ok(Math.abs(filled[4 * channels]) <= 25);
    filled.forEach((v, i) => {
      if (i !== 4 * channels) assert.equal(v, segment.filled[i]);
    });
  });

  it('of no group and of no rows is nothing', () => {
    assert.ok(fitCrossRidge([segment], channels, [], 100).coefficients.every((c) => c === 0));
    assert.ok(fitCrossRidge([], channels, groups, 100).coefficients.every((c) => c === 0));
  });
});

describe('splitGroups', () => {
  it('puts channels that go together apart', () => {
    const found = splitGroups(correlationOf([segment], channels), channels, [true, true, true, true], 2);
    const groupOf = (d: number) => found.findIndex((group) => group.includes(d));
    assert.notEqual(groupOf(0), groupOf(1));
    assert.notEqual(groupOf(2), groupOf(3));
  });

  it('splits the measured channels into disjoint groups of equal size, or into none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 6 }), fc.integer(), (n, count, own) => {
        const rng = createRng(own);
        const measured = Array.from({ length: n }, () => rng.uniform() < 0.7);
        const correlation = Float64Array.from({ length: n * n }, () => 2 * rng.uniform() - 1);
        const found = splitGroups(correlation, n, measured, count);
        const members = measured.flatMap((m, d) => (m ? [d] : []));
        if (Math.min(count, members.length) < 2) return assert.deepEqual(found, []);
        assert.deepEqual(
          found.flat().sort((a, b) => a - b),
          members,
        );
        assert.ok(Math.max(...found.map((group) => group.length)) <= Math.ceil(members.length / found.length));
        assert.ok(
          found.every((group) => group.length > 0),
          JSON.stringify(found),
        );
      }),
    );
  });
});
