import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Weight } from '../../src/diffusion/model.ts';
import { normalise } from '../../src/diffusion/normal.ts';
import { tasks } from '../../src/diffusion/task.ts';
import { type TrainProgress, trainNetwork } from '../../src/diffusion/train.ts';
import { type WindowPlace, windowPlaces } from '../../src/diffusion/training-set.ts';
import { TfjsEngine } from '../../src/infer/engines/tfjs-engine.ts';
import { useWasmBackend } from '../../src/infer/engines/wasm.ts';
import { coupledSeries, fitted } from './fixtures.ts';

const seed = 3;
const rows = 1500;
const cut = 1100;

/** Fits on the first rows of a coupled series, holds the rest out. The base of gaps is linear interpolation. */
function setUp(steps = 90) {
  const whole = coupledSeries('plant', rows, seed, { missing: 0.05 });
  const fit = fitted([{ ...whole, rows: cut, values: whole.values.subarray(0, cut * 3) }], {
    length: 16,
    horizon: 4,
    patch: 2,
    width: 16,
    blocks: 1,
  });
  const held = {
    ...whole,
    startMs: whole.startMs + cut * 60_000,
    rows: rows - cut,
    values: whole.values.subarray(cut * 3),
  };
  const z = normalise(held, fit.basis.seriesPriors.get('plant') ?? assert.fail(), fit.basis.active);
  const places = windowPlaces(
    [{ z, rows: held.rows, startMs: held.startMs }],
    fit.shape.length,
    fit.shape.channels,
    fit.shape.patch,
  );
  const progress: TrainProgress[] = [];
  const train = (changes: Partial<Parameters<typeof trainNetwork>[2]> = {}, own: readonly WindowPlace[] = places) =>
    trainNetwork(fit, own, {
      stepsMax: steps,
      budgetMs: 1e9,
      batchWindows: 16,
      learningRate: 0.008,
      weightDecay: 0.01,
      seed,
      elapsedMs: () => 0,
      marginals: async (weights, batch) => {
        const engine = new TfjsEngine('wasm', 'wasm', { shape: fit.shape, weights });
        try {
          return await engine.marginals(batch);
        } finally {
          await engine.dispose();
        }
      },
      onProgress: (step) => progress.push(step),
      ...changes,
    });
  return { fit, train, progress };
}

describe(`trainNetwork on wasm (seed ${seed})`, () => {
  before(() => useWasmBackend());

  it('learns from nothing to fill gaps better than a line, on rows it has not seen', async (t) => {
    const { train, progress } = setUp(240);
    const trained = await train();
    t.diagnostic(`held-out CRPS over that of the base: ${JSON.stringify(trained.validation)}`);
    assert.ok(trained.validation.impute < 0.85, `${trained.validation.impute}`);
    assert.ok(tasks.reduce((sum, task) => sum + trained.validation[task], 0) / tasks.length < 0.97);
    assert.equal(trained.steps, 240);
    assert.equal(progress.at(-1)?.step, 240);
    assert.ok(progress.every(({ loss }) => Number.isFinite(loss)));
    for (const [name, { values }] of trained.weights) assert.ok(values.every(Number.isFinite), name);
  });

  it('is the same for the same seed, and another for another', async () => {
    const { train } = setUp(8);
    // a validation of its own would keep the start where nothing is better: what was learnt shows in the progress
    const [first, again, other] = [await trace(train, seed), await trace(train, seed), await trace(train, seed + 1)];
    assert.deepEqual(again, first);
    assert.notDeepEqual(other, first);
  });

  it('serves the base where the network is no better', async () => {
    const { train } = setUp(6);
    const worse = await train({ marginals: spoilt() });
    assert.deepEqual(worse.validation, { impute: 1, forecast: 1, score: 1, cross: 1 });
    assert.ok(worse.weights.get('head.weight')?.values.every((v) => v === 0));
  });

  it('lays its steps out by the pace of the machine, and ends within its budget', async () => {
    const { train, progress } = setUp(100_000);
    let now = 0;
    const trained = await train({ budgetMs: 500, elapsedMs: () => (now += 80), marginals: flat });
    assert.equal(trained.steps, 46, 'eight steps took 80 ms: 46 fit into .92 of 500 ms');
    assert.equal(progress.at(-1)?.step, trained.steps);
    assert.ok(trained.seconds > 0);
  });
});

/** Validation that finds every network after the first worse than the base. */
function spoilt(): Parameters<typeof trainNetwork>[2]['marginals'] {
  let calls = 0;
  return async (_weights, batch) => {
    const off = calls++ < tasks.length ? 0 : 50;
    return { location: batch.target.map(() => off), scale: batch.target.map(() => 0.6) };
  };
}

const flat: Parameters<typeof trainNetwork>[2]['marginals'] = async (_weights, batch) => ({
  location: batch.target.map(() => 0),
  scale: batch.target.map(() => 0.6),
});

/** The averaged weights at the end, as validation sees them. */
async function trace(train: ReturnType<typeof setUp>['train'], own: number): Promise<Record<string, number[]>> {
  let last: ReadonlyMap<string, Weight> = new Map();
  await train({
    seed: own,
    marginals: async (weights, batch) => {
      last = weights;
      return flat(weights, batch);
    },
  });
  return Object.fromEntries([...last].map(([name, { values }]) => [name, [...values]]));
}
