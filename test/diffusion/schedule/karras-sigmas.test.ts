import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { karrasSigmas } from '../../../src/diffusion/schedule/karras-sigmas.ts';

describe('karrasSigmas', () => {
  it('goes from max to min and then to 0, evenly in the seventh root', () => {
    const levels = karrasSigmas(18, 0.002, 80);
    assert.equal(levels.length, 19);
    assert.ok(Math.abs(levels[0] - 80) < 1e-9 && Math.abs(levels[17] - 0.002) < 1e-12);
    assert.equal(levels[18], 0);
    const roots = levels.slice(0, 18).map((s) => s ** (1 / 7));
    roots.slice(2).forEach((r, k) => assert.ok(Math.abs(r - 2 * roots[k + 1] + roots[k]) < 1e-12));
    // the second level that k-diffusion and EDM's own code print for these settings
    assert.ok(Math.abs(levels[1] - 57.586) < 1e-3, `${levels[1]}`);
  });

  it('with rho 1 is even, and of one step is the whole way', () => {
    assert.deepEqual(karrasSigmas(3, 1, 3, 1), [3, 2, 1, 0]);
    assert.deepEqual(karrasSigmas(1, 0.1, 20), [20, 0]);
  });
});
