import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DenseMemory } from '../../../src/diffusion/base/dense-memory.ts';
import { KalmanSmoother } from '../../../src/diffusion/base/kalman.ts';
import { initialKalman } from '../../../src/diffusion/base/kalman-initial.ts';
import { maximise } from '../../../src/diffusion/base/kalman-maximise.ts';
import { KalmanMoments } from '../../../src/diffusion/base/kalman-moments.ts';
import type { KalmanParameters } from '../../../src/diffusion/base/kalman-parameters.ts';
import type { KalmanStretch } from '../../../src/diffusion/base/kalman-stretches.ts';
import { simulateVar } from './simulate-var.ts';

type Parameters = KalmanParameters<Float64Array>;

function momentsOf(parameters: Parameters, stretches: readonly KalmanStretch[]): KalmanMoments {
  const smoother = new KalmanSmoother(parameters, 400, true);
  const moments = new KalmanMoments(parameters.channels, smoother.n, smoother.memory);
  for (const { y, known, rows } of stretches) {
    const smoothed = smoother.smooth(y, known, rows, moments.transition);
    moments.observe(y, known, rows, smoothed, smoother.logLikelihood);
  }
  return moments;
}

describe('maximise', () => {
  const stretches = [simulateVar(1, 300, 0.3), simulateVar(2, 200, 0.5)];

  it('never lowers the likelihood without a prior', () => {
    let { parameters, persistence } = initialKalman(stretches, 2, 2, 0);
    let before = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < 12; k++) {
      const moments = momentsOf(parameters, stretches);
      assert.ok(moments.logLikelihood > before - 1e-6, `iteration ${k}: ${before} -> ${moments.logLikelihood}`);
      before = moments.logLikelihood;
      parameters = maximise(parameters, moments, persistence, 0, false);
    }
  });

  it('with a heavy prior gives the prior, and what it does not explain is noise', () => {
    const { parameters } = initialKalman(stretches, 2, 1, 1);
    const moments = momentsOf(parameters, stretches);
    const persistence = Float64Array.of(0.5, 0.6);
    const { transition } = maximise(parameters, moments, persistence, 1e9, false);
    [0.5, 0, 0, 0, 0.6, 0].forEach((want, i) => assert.ok(Math.abs(transition[i] - want) < 1e-5));
  });

  it('keeps the start covariance until the last time, then makes it the average of the states', () => {
    const { parameters, persistence } = initialKalman(stretches, 2, 1, 1);
    const moments = momentsOf(parameters, stretches);
    assert.equal(maximise(parameters, moments, persistence, 1, false).initialCovariance, parameters.initialCovariance);
    const { initialCovariance } = maximise(parameters, moments, persistence, 1, true);
    assert.ok(Math.abs(initialCovariance[1] - moments.states[1] / moments.transitions) < 1e-12);
  });

  it('of nothing seen changes nothing', () => {
    const { parameters, persistence } = initialKalman(stretches, 2, 1, 1);
    const after = maximise(
      parameters,
      new KalmanMoments(2, 3, new DenseMemory(KalmanMoments.numbers(2, 3))),
      persistence,
      1,
      true,
    );
    assert.deepEqual(after, parameters);
  });
});
