import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { distributionalSigmas } from '../../../src/diffusion/sampler/distributional-sigmas.ts';

/**
 * Share of the variance of one mode that the sampler keeps, in closed form. Gaussian data whose covariance treats all cells alike
 * stay in their eigenbasis: each eigenvalue follows a recursion of its own, the cells' variance is their mean.
 */
function keptVariance(spectrum: readonly number[], sigmas: readonly number[]): { top: number; cell: number } {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  let z = spectrum.map(() => mean(spectrum) + sigmas[0] ** 2);
  sigmas.forEach((sigma, k) => {
    const open = mean(spectrum.map((l) => (l * sigma ** 2) / (l + sigma ** 2)));
    const next = sigmas[k + 1] ?? 0;
    const kept = (next / sigma) ** 2;
    z = z.map((v, i) => {
      const gain = spectrum[i] / (spectrum[i] + sigma ** 2);
      return (kept + (1 - kept) * gain) ** 2 * v + (1 - kept) ** 2 * open + next ** 2 * (1 - kept);
    });
  });
  return { top: z[0] / spectrum[0], cell: mean(z) / mean(spectrum) };
}

const shared = (cells: number, rho: number) => [1 + (cells - 1) * rho, ...Array(cells - 1).fill(1 - rho)];

describe('distributionalSigmas', () => {
  it('falls geometrically, from higher and to lower the more steps there are', () => {
    assert.deepEqual(distributionalSigmas(1), []);
    assert.deepEqual(distributionalSigmas(2), [3]);
    for (const steps of [3, 5, 9, 17, 40]) {
      const levels = distributionalSigmas(steps);
      assert.equal(levels.length, steps - 1);
      assert.ok(Math.abs(levels[0] - Math.min(16, 4 * Math.sqrt(steps - 1))) < 1e-12);
      assert.ok(Math.abs((levels.at(-1) as number) - 1.2 / Math.sqrt(steps - 1)) < 1e-12);
      levels.slice(2).forEach((sigma, k) => assert.ok(Math.abs(sigma / levels[k + 1] - levels[1] / levels[0]) < 1e-12));
    }
  });

  it('keeps of a mode that a hundred cells share at least the share measured when it was chosen', () => {
    // in brackets what levels from 3 to .6 with a draw renoised from scratch kept: .13, .22, .35
    for (const [steps, least] of [
      [4, 0.29],
      [8, 0.52],
      [16, 0.72],
    ]) {
      const { top } = keptVariance(shared(100, 0.8), distributionalSigmas(steps));
      assert.ok(top > least, `${steps} steps: ${top}`);
    }
    assert.ok(keptVariance(shared(2, 0.8), distributionalSigmas(8)).top > 0.84);
  });

  it('the cells themselves lose variance where the mode does: a wide feed wants more steps or another sampler', () => {
    const { cell } = keptVariance(shared(100, 0.8), distributionalSigmas(4));
    assert.ok(cell < 0.6, `${cell}`);
    assert.ok(keptVariance(shared(100, 0.8), distributionalSigmas(64)).cell > 0.9);
  });
});
