import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { initialiseWeights } from '../../src/diffusion/initialise.ts';
import { defaultSampling } from '../../src/diffusion/training-set.ts';
import { type Marginals, Validator } from '../../src/diffusion/validation.ts';
import { coupledSeries, fitted } from './fixtures.ts';

const fit = fitted([coupledSeries('plant', 600, 3, { missing: 0.05 })], { length: 16, horizon: 4, patch: 2, width: 8 });
const weights = initialiseWeights(fit.shape, createRng(1));
/** A law of the same width everywhere, off by so much. */
const law =
  (off: () => number, scale: () => number): Marginals =>
  async (_weights, { target }) => ({ location: target.map((t) => t + off()), scale: target.map(scale) });

const create = (marginals: Marginals, sampling = defaultSampling, seed = 1) =>
  Validator.create(fit, fit.places, weights, { seed, sampling, marginals });

describe('Validator', () => {
  it('is 1 for the base, and the ratio of the CRPS for another', async () => {
    let scale = 1;
    const validator = await create(
      law(
        () => 0,
        () => scale,
      ),
    );
    assert.deepEqual(await validator.validate(weights), {
      score: 1,
      byTask: { impute: 1, forecast: 1, score: 1, cross: 1 },
    });
    scale = 0.5; // the CRPS of a law that is centred on the target is proportional to its width
    const { score, byTask } = await validator.validate(weights);
    for (const ratio of [score, ...Object.values(byTask)]) assert.ok(Math.abs(ratio - 0.5) < 1e-6);
  });

  it('shows every weights the same cells, others for another seed', async () => {
    const batches: string[] = [];
    const marginals: Marginals = async (_weights, { target, weight, task }) => {
      batches.push(JSON.stringify([...target, ...weight, ...task]));
      return { location: target.map(() => 0), scale: target.map(() => 1) };
    };
    const validator = await create(marginals);
    await validator.validate(weights);
    const tasks = batches.length / 2;
    assert.deepEqual(batches.slice(tasks), batches.slice(0, tasks));
    await create(marginals, defaultSampling, 2);
    assert.notDeepEqual(batches.slice(2 * tasks), batches.slice(0, tasks));
  });

  it('judges the tasks that are trained, and no others', async () => {
    let calls = 0;
    const marginals: Marginals = async (_weights, { target }) => {
      calls++;
      return { location: target.map(() => 0), scale: target.map(() => 1) };
    };
    const shares = { impute: 1, forecast: 0, score: 0, cross: 0 };
    const validator = await create(marginals, { ...defaultSampling, shares });
    await validator.validate(weights);
    assert.equal(calls, 2);
  });
});
