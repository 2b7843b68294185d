import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitKalman } from '../../../src/diffusion/base/fit-kalman.ts';
import { smoothGaps } from '../../../src/diffusion/base/smooth-gaps.ts';
import { simulated, simulateVar } from './simulate-var.ts';

const stepMs = 6 * 3_600_000;
const segmentOf = (seed: number, rows: number, missing: number) => ({
  z: Float32Array.from(simulateVar(seed, rows, missing).y),
  rows,
  startMs: 0,
});

const numbers = (model: ReturnType<typeof fitKalman>) => [
  model.transition,
  model.stateNoise,
  model.observationNoise,
  model.initialCovariance,
];

describe('fitKalman', () => {
  it('recovers a simulated process through noise and gaps', () => {
    const segments = [segmentOf(1, 8000, 0.2)];
    const model = fitKalman(segments, 2, { stepMs, rank: 1, iterations: 60, rowsMax: 1e5, lambda: 0.1 });
    // [channel, 2 + rank]: the column of the second lag, which the process does not have, is left to be small
    [0, 1, 3, 4].forEach((place, i) => {
      const [got, want] = [model.transition[place], simulated.transition[i]];
      assert.ok(Math.abs(got - want) < 0.2, `transition ${i}: ${got}, expected ${want}`);
    });
    for (let d = 0; d < 2; d++) {
      const [got, want] = [model.observationNoise[d], simulated.observationNoise[d]];
      assert.ok(Math.abs(got - want) < 0.1, `observation noise ${d}: ${got}, expected ${want}`);
    }
    simulated.stateNoise.forEach((want, i) =>
      assert.ok(Math.abs(model.stateNoise[i] - want) < 0.15, `state noise ${i}: ${model.stateNoise[i]}`),
    );
  });

  it('says how the likelihood rises', () => {
    const likelihoods: number[] = [];
    fitKalman([segmentOf(2, 600, 0.3)], 2, {
      stepMs,
      iterations: 6,
      lambda: 0,
      onIteration: (iteration, logLikelihood) => {
        assert.equal(iteration, likelihoods.length);
        likelihoods.push(logLikelihood);
      },
    });
    assert.equal(likelihoods.length, 6);
    likelihoods.forEach((value, k) => assert.ok(k === 0 || value > likelihoods[k - 1] - 1e-9));
  });

  it('is deterministic, and reads no more rows than asked', () => {
    const options = { stepMs, iterations: 2, rowsMax: 400 };
    const one = fitKalman([segmentOf(3, 3000, 0.2)], 2, options);
    const two = fitKalman([segmentOf(3, 3000, 0.2)], 2, options);
    assert.deepEqual(one, two);
    assert.notDeepEqual(one, fitKalman([segmentOf(3, 3000, 0.2)], 2, { ...options, rowsMax: 1e6 }));
  });

  it('stands few rows, one channel, constant and unseen channels', () => {
    const few = segmentOf(4, 5, 0);
    const z = new Float32Array(600);
    for (let t = 0; t < 200; t++) z.set([Math.sin(t), 3, Number.NaN], t * 3);
    const cases: [number, { z: Float32Array; rows: number; startMs: number }[]][] = [
      [2, [few]],
      [1, [{ z: Float32Array.from({ length: 100 }, (_, t) => Math.sin(t / 3)), rows: 100, startMs: 0 }]],
      [3, [{ z, rows: 200, startMs: 0 }]],
      [2, []],
    ];
    for (const [channels, segments] of cases) {
      const model = fitKalman(segments, channels, { stepMs, iterations: 5 });
      assert.ok(model.rank <= channels);
      for (const values of numbers(model)) assert.ok(values.every(Number.isFinite));
      const cells = () => new Float32Array(8 * channels);
      const out = { mean: cells(), std: cells(), leaveOneOut: cells() };
      smoothGaps(model, cells().fill(1), new Uint8Array(8 * channels).fill(1), 8, 0, out);
      for (const values of Object.values(out)) assert.ok(values.every(Number.isFinite));
      assert.ok(out.std.every((std) => std > 0));
    }
  });
});
