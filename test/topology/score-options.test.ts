import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { neutralCalibration } from '../../src/diffusion/calibration.ts';
import { referencesOf, scoreOptionsOf } from '../../src/topology/score-options.ts';
import { madeUpConfig } from '../cli/train/made-up-model.ts';

const scores = Float64Array.of(1, 2);
const calibration = { ...neutralCalibration(3, 3), rowsPerAlarm: 1 };
const measured = {
  meanSquared: Float64Array.of(1, 1, 1),
  slowMeanSquared: calibration.slowLevel,
  referenceScores: scores,
  rowsPerAlarm: 1,
};

describe('scoreOptionsOf', () => {
  it('has references where they are measured, in the same groups as the score', async () => {
    const config = await madeUpConfig();
    const [first, ...others] = config.channels.flatMap(({ kind, name }, c) => (kind === 'gauge' ? [{ name, c }] : []));
    const grouped = await madeUpConfig(`score.groups=${JSON.stringify([{ name: 'some', channels: [first?.name] }])}`);
    const some = { name: 'some', channels: [first?.c as number] };
    const rest = { name: 'rest', channels: others.map(({ c }) => c) };
    const known = { ...some, referenceScores: scores };
    const references = {
      ridge_var: { referenceScores: scores, groupScores: [known] },
      z_score: { referenceScores: scores, groupScores: [] },
    };
    const options = scoreOptionsOf(
      grouped,
      { ...measured, references: referencesOf({ ...calibration, references }) },
      0,
    );
    const nothing = new Float64Array(0);
    assert.deepEqual(options.references?.ridge_var.groups, [known, { ...rest, referenceScores: nothing }]);
    assert.deepEqual(
      options.references?.z_score.groups,
      [some, rest].map((group) => ({ ...group, referenceScores: nothing })),
    );
    assert.equal(options.references?.z_score.learnScoresMin, scores.length, 'as many as the model starts with');
    assert.equal('references' in scoreOptionsOf(config, measured, 0), false);
  });
});

describe('referencesOf', () => {
  it('ordinary squares are those of the model for its base, 1 for z; scores that the model lacks are learnt', () => {
    const { ridge_var: ridgeVar, z_score: zScore } = referencesOf(calibration);
    assert.deepEqual(ridgeVar.meanSquared, calibration.residualLevel.score);
    assert.deepEqual(zScore.meanSquared, Float64Array.of(1, 1, 1));
    assert.equal(zScore.referenceScores.length + ridgeVar.referenceScores.length, 0);
    assert.ok(zScore.slowMeanSquared.every(Number.isNaN));
  });
});
