import { createRng } from '../../../src/core/rng.ts';
import type { KalmanStretch } from '../../../src/diffusion/base/kalman-stretches.ts';

/** Two channels: x_t = .7 x_{t-1} + .2 y_{t-1} + q, y_t = -.1 x_{t-1} + .5 y_{t-1} + q; observed with noise, a share missing. */
export const simulated = {
  transition: [0.7, 0.2, -0.1, 0.5],
  stateNoise: [0.5, 0.2, 0.2, 0.4],
  observationNoise: [0.2, 0.1],
};

export function simulateVar(seed: number, rows: number, missing: number): KalmanStretch {
  const rng = createRng(seed);
  const [a, b, c, d] = simulated.transition;
  const root = Math.sqrt(0.5);
  const rest = Math.sqrt(0.4 - (0.2 / root) ** 2);
  const y = new Float64Array(rows * 2);
  const known = new Uint8Array(rows * 2);
  let [p, q] = [0, 0];
  for (let t = -100; t < rows; t++) {
    const [e, f] = [rng.normal(), rng.normal()];
    [p, q] = [a * p + b * q + root * e, c * p + d * q + (0.2 / root) * e + rest * f];
    const noisy = [p, q].map((value, i) => value + Math.sqrt(simulated.observationNoise[i]) * rng.normal());
    if (t < 0) continue;
    for (let i = 0; i < 2; i++) {
      known[t * 2 + i] = rng.uniform() < missing ? 0 : 1;
      y[t * 2 + i] = known[t * 2 + i] === 1 ? noisy[i] : Number.NaN;
    }
  }
  return { y, known, rows };
}
