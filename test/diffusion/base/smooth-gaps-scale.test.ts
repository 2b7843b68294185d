import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../src/core/rng.ts';
import { scaleByResiduals } from '../../../src/diffusion/base/smooth-gaps-scale.ts';

const length = 36;
const channels = 20;
const cells = length * channels;
const known = () => new Uint8Array(cells).fill(1);

/** Scales of a window whose residuals are normal with the given standard deviation. */
function scales(of: (t: number, d: number) => number, mask = known()): Float32Array {
  const rng = createRng(1);
  const residuals = Float32Array.from(
    { length: cells },
    (_, i) => of(Math.floor(i / channels), i % channels) * rng.normal(),
  );
  const std = new Float32Array(cells).fill(1);
  scaleByResiduals(residuals, mask, length, channels, std);
  return std;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('scaleByResiduals', () => {
  it('leaves standard deviations alone where residuals are as the model says', () => {
    const std = scales(() => 1);
    assert.ok(Math.abs(mean([...std]) - 1) < 0.06);
    assert.ok(std.every((s) => s > 0.6 && s < 1.5));
  });

  it('widens wild rows and narrows calm ones, and says so of cells that are not known too', () => {
    const mask = known();
    for (let t = 0; t < length; t++) mask[t * channels] = 0;
    const std = scales((t) => (t < 18 ? 0.4 : 1.6), mask);
    assert.ok(std[5 * channels] < 0.75 && std[30 * channels] > 1.25, `${std[5 * channels]} ${std[30 * channels]}`);
  });

  it('widens a wild channel, in all its rows', () => {
    const std = scales((_, d) => (d === 7 ? 2 : 0.8));
    for (const t of [0, 20, 35]) assert.ok(std[t * channels + 7] > 1.2 * std[t * channels + 8]);
  });

  it('hardly moves for one cell that is far off', () => {
    const plain = scales(() => 1);
    const spoilt = scales((t, d) => (t === 10 && d === 3 ? 1e6 : 1));
    for (let i = 0; i < cells; i++) assert.ok(spoilt[i] < 1.3 * plain[i]);
  });

  it('with nothing known leaves everything as it was', () => {
    const std = new Float32Array(cells).fill(0.3);
    scaleByResiduals(new Float32Array(cells).fill(9), new Uint8Array(cells), length, channels, std);
    for (const s of std) assert.ok(Math.abs(s - 0.3) < 1e-6);
  });
});
