import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/diffusion/checkpoint.ts';
import type { Weight } from '../../src/diffusion/model.ts';
import { normalise } from '../../src/diffusion/normal.ts';
import { tasks } from '../../src/diffusion/task.ts';
import { type TrainingState, type TrainProgress, trainNetwork } from '../../src/diffusion/train.ts';
import { type WindowPlace, windowPlaces } from '../../src/diffusion/training-set.ts';
import { TfjsEngine } from '../../src/infer/engines/tfjs-engine.ts';
import { useWasmBackend } from '../../src/infer/engines/wasm.ts';
import { coupledSeries, fitted } from './fixtures.ts';

const seed = 3;
const rows = 1500;
const cut = 1100;

/** Fits on the first rows of a coupled series, holds the rest out. The base of gaps is linear interpolation. */
function setUp(steps = 90, gapBase: 'interpolation' | 'kalman' = 'interpolation') {
  const whole = coupledSeries('plant', rows, seed, { missing: 0.05 });
  const fit = fitted([{ ...whole, rows: cut, values: whole.values.subarray(0, cut * 3) }], {
    length: 16,
    horizon: 4,
    patch: 2,
    width: 16,
    blocks: 1,
    gapBase,
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
    // ten milliseconds a step
    const betweenSteps = async () => {
      now += 10;
    };
    const clock = { elapsedMs: () => now, betweenSteps };
    const trained = await train({ budgetMs: 500, ...clock, marginals: flat });
    assert.equal(trained.steps, 46, '46 steps fit into .92 of 500 ms');
    assert.equal(progress.at(-1)?.step, trained.steps);
    assert.equal(trained.seconds, 0.47);
  });

  it('lays them out again where the first steps were slower than those to come', async () => {
    const { train } = setUp(100_000);
    let now = 0;
    let begun = 0;
    const betweenSteps = async () => {
      now += begun++ < 10 ? 20 : 5;
    };
    const clock = { elapsedMs: () => now, betweenSteps };
    const trained = await train({ budgetMs: 1900, ...clock, marginals: flat });
    // .92 of 1900 ms hold ten steps of 20 ms and 309 of 5 ms; at the pace of the first ten there would be 87
    assert.equal(trained.steps, 319);
  });

  for (const gapBase of ['interpolation', 'kalman'] as const) {
    it(`goes on from a checkpoint to the very weights of a training that was not interrupted (${gapBase})`, async () => {
      const { train, fit } = setUp(75, gapBase);
      const whole = await finalState(train);
      for (const stopAt of [0, 1, 37, 60, 75]) {
        const file = encodeCheckpoint(await stateAt(train, stopAt), identity);
        const resume = decodeCheckpoint(file, identity, fit.shape);
        assert.equal(resume.step, stopAt);
        const { elapsedMs: _, ...got } = await finalState(train, { resume });
        const { elapsedMs: __, ...want } = whole;
        assert.deepEqual(got, want, `interrupted after ${stopAt} steps`);
      }
      assert.equal(whole.poolSeeds.length > 0, gapBase === 'kalman');
    });
  }

  it('ends early once patience is over, at a learning rate that has come down, with the best weights', async () => {
    const { train, progress } = setUp(400);
    const trained = await train({ patience: 2, validateEverySteps: 20, marginals: bestAtFirst() });
    // validations after 60 (best), 80 and 100 steps: nothing better twice, then one period more
    assert.equal(trained.steps, 120);
    assert.equal(trained.bestStep, 60);
    assert.deepEqual(
      progress.filter(({ validation }) => validation !== null).map(({ step, endsEarly }) => [step, endsEarly]),
      [
        [60, false],
        [80, false],
        [100, true],
        [120, true],
      ],
    );
  });
});

const identity = { data: 'd', config: 'c', engine: 'wasm' };

/** The state before the step after so many. */
async function stateAt(train: ReturnType<typeof setUp>['train'], steps: number): Promise<TrainingState> {
  let kept: TrainingState | null = null;
  let done = 0;
  const stop = new Error('interrupted');
  const betweenSteps = async (state: () => TrainingState) => {
    if (done++ < steps) return;
    kept = state();
    throw stop;
  };
  await assert.rejects(train({ betweenSteps }), stop);
  return kept ?? assert.fail();
}

async function finalState(
  train: ReturnType<typeof setUp>['train'],
  changes: Parameters<typeof train>[0] = {},
): Promise<TrainingState> {
  let last: TrainingState | null = null;
  const betweenSteps = async (state: () => TrainingState) => {
    last = state();
  };
  await train({ ...changes, betweenSteps });
  return last ?? assert.fail();
}

/** Validation that finds the first trained network better than the base, and all others as good as that. */
function bestAtFirst(): Parameters<typeof trainNetwork>[2]['marginals'] {
  let calls = 0;
  return async (_weights, batch) => {
    const scale = calls++ < tasks.length ? 2 : 0.6;
    return { location: batch.target.map(() => 0), scale: batch.target.map(() => scale) };
  };
}

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
