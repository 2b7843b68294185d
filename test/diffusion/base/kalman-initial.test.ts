import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialKalman } from '../../../src/diffusion/base/kalman-initial.ts';
import { simulateVar } from './simulate-var.ts';

const rows = 6000;

describe('initialKalman', () => {
  const stretch = simulateVar(3, rows, 0);

  it('is the regression of a row on the state before it', () => {
    const { parameters } = initialKalman([stretch], 2, 2, 1e-6);
    const { transition, components } = parameters;
    // residuals of least squares do not go with what they were regressed on
    for (let d = 0; d < 2; d++)
      for (let j = 0; j < 2; j++) {
        let sum = 0;
        for (let t = 2; t < rows; t++) {
          let residual = stretch.y[t * 2 + d];
          for (let i = 0; i < 2; i++) {
            residual -= transition[d * 4 + i] * stretch.y[(t - 1) * 2 + i];
            for (let k = 0; k < 2; k++)
              residual -= transition[d * 4 + 2 + i] * components[k * 2 + i] * stretch.y[(t - 2) * 2 + k];
          }
          sum += residual * stretch.y[(t - 1) * 2 + j];
        }
        assert.ok(Math.abs(sum / rows) < 1e-2, `channel ${d} on ${j}: ${sum / rows}`);
      }
  });

  it('with a heavy prior lets every channel follow itself alone', () => {
    const { parameters, persistence } = initialKalman([stretch], 2, 1, 1e9);
    [persistence[0], 0, 0, 0, persistence[1], 0].forEach((want, i) =>
      assert.ok(Math.abs(parameters.transition[i] - want) < 1e-3),
    );
    assert.ok(persistence[0] > persistence[1] && persistence[1] > 0);
  });

  it('does not look across the seam of two stretches', () => {
    const level = (value: number) => ({
      y: new Float64Array(50).fill(value),
      known: new Uint8Array(50).fill(1),
      rows: 50,
    });
    const { parameters } = initialKalman([level(-5), level(5)], 1, 1, 1e-9);
    assert.ok(parameters.stateNoise[0] < 1e-3);
  });

  it('is finite for a constant channel, a channel never seen, and no stretch at all', () => {
    const y = new Float64Array(200);
    const known = Uint8Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 1 : 0));
    for (const stretches of [[{ y, known, rows: 100 }], []]) {
      const { parameters } = initialKalman(stretches, 2, 2, 10);
      for (const values of [parameters.transition, parameters.stateNoise, parameters.initialCovariance])
        assert.ok(values.every(Number.isFinite));
    }
  });
});
