import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../../src/core/rng.ts';
import type { CallInput } from '../../../../src/diffusion/call.ts';
import { crpsSum } from '../../../../src/eval/crps-sum.ts';
import { energyScore } from '../../../../src/eval/energy-score.ts';
import type { PathContext } from './path-methods.ts';
import { scoreJoint } from './score-joint.ts';

const channels = 3;
const samples = 40;
const rng = createRng(2);
const input = {} as CallInput;
const context = { samples, rng } as unknown as PathContext;
const inUnit = (c: number, z: number) => 10 * c + 2 * z;

describe('scoreJoint', () => {
  const truth = Float64Array.from([1, Number.NaN, 19, /**/ Number.NaN, 8, Number.NaN, /**/ 2, 13, 24]);
  const paths = Float32Array.from({ length: samples * truth.length }, () => rng.normal());
  const method = async () => paths;
  const inUnits = (s: number, i: number) => inUnit(i % channels, paths[s * truth.length + i]);

  it('sums the judged cells of a row, and leaves rows with fewer than two out', async () => {
    const { only } = await scoreJoint([{ input, truth, inUnit }], [0, 0, 0], context, { only: method });
    // row 0 judges channels 0 and 2, row 2 all
    const sums = Array.from({ length: samples }, (_, s) => [
      inUnits(s, 0) + inUnits(s, 2),
      inUnits(s, 6) + inUnits(s, 7) + inUnits(s, 8),
    ]).flat();
    const expected = crpsSum(sums, [20, 39], { steps: 2, channels: 1 });
    assert.ok(Math.abs(only.crps_sum - expected.normalised) < 1e-6);
    assert.equal(only.sum_coverage90, expected.coverage90);
    assert.ok(Math.abs(only.sum_width90 - expected.width90) < 1e-4);
    const energy = [
      [0, 2],
      [6, 7, 8],
    ].map((cells) =>
      energyScore(
        cells.map((i) => truth[i]),
        Array.from({ length: samples }, (_, s) => cells.map((i) => inUnits(s, i))).flat(),
      ),
    );
    assert.ok(Math.abs(only.energy - (energy[0] + energy[1]) / 2) < 1e-4);
  });

  it('a cell that is not judged crosses no threshold', async () => {
    const low = -1000;
    const { only } = await scoreJoint([{ input, truth, inUnit }], [low, low, low], context, { only: method });
    assert.equal(only.crossings_coverage90, 1);
    assert.equal(only.crossings_crps, 0); // every judged cell is above, in truth and in every path
    assert.equal(only.crossings_brier, 0);
  });
});
