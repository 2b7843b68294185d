import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { CallBatch, tokenIndex, writeCall } from '../../src/diffusion/call.ts';
import { gapMask } from '../../src/diffusion/masks.ts';
import { noiseFeatures, noiseFrequencies, nullSigma, precondition } from '../../src/diffusion/precondition.ts';
import { type Task, tasks } from '../../src/diffusion/task.ts';
import {
  type Draw,
  makeBatch,
  nullDraw,
  type Segment,
  TrainingSampler,
  windowAt,
  windowPlaces,
} from '../../src/diffusion/training-set.ts';
import { coupledSeries, fitted } from './fixtures.ts';
import { scheduled, scheduledBasis, scheduledSeries } from './scheduled-plant.ts';

const seed = 51;
const fit = fitted([coupledSeries('a', 500, seed, { missing: 0.1 }), coupledSeries('b', 300, seed + 1)]);
const { basis, shape, places, folds } = fit;
const { length, channels } = shape;
const cells = length * channels;

const drawOf = (task: Task, changes: Partial<Draw> = {}): Draw => ({
  ...nullDraw(basis, shape, places[5], task, () => gapMask(createRng(seed), length, channels, null)),
  ...changes,
});
const batchOf = (draw: Draw, size = 1) => makeBatch(basis, shape, size, createRng(seed), () => draw);

/** [time, channel] of one call of the batch. */
const grid = (values: Float32Array, index = 0) =>
  Float32Array.from(
    { length: cells },
    (_, i) => values[index * cells + tokenIndex(shape, Math.floor(i / channels), i % channels)],
  );
const generatedOf = (batch: ReturnType<typeof batchOf>, index = 0) => {
  const stride = shape.patch * shape.cellFeatures + shape.tokenFeatures;
  return Float32Array.from({ length: cells }, (_, i) => {
    const [t, d] = [Math.floor(i / channels), i % channels];
    const token = (index * (length / shape.patch) + Math.floor(t / shape.patch)) * channels + d;
    return batch.cells[token * stride + (t % shape.patch) * shape.cellFeatures];
  });
};

describe('windowPlaces', () => {
  const segment = (rows: number, missing: (t: number) => boolean): Segment => ({
    z: Float32Array.from({ length: rows }, (_, t) => (missing(t) ? Number.NaN : t)),
    rows,
    startMs: 0,
  });

  it('are every stride rows where a whole window fits, in five contiguous folds', () => {
    const found = windowPlaces([segment(40, () => false), segment(20, () => false), segment(9, () => false)], 10, 1, 5);
    assert.deepEqual(
      found.map(({ row }) => row),
      [0, 5, 10, 15, 20, 25, 30, 0, 5, 10],
    );
    assert.deepEqual(
      found.map(({ fold }) => fold),
      [0, 0, 1, 1, 2, 2, 3, 3, 4, 4],
    );
    assert.deepEqual([...windowAt(found[1], 10, 1)], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('leave out windows with less than a fifth of their cells', () => {
    assert.deepEqual(
      windowPlaces([segment(20, (t) => t < 9)], 10, 1, 5).map(({ row }) => row),
      [5, 10],
    );
    assert.deepEqual(windowPlaces([segment(20, () => true)], 10, 1, 5), []);
  });
});

describe(`makeBatch (seed ${seed})`, () => {
  for (const task of ['impute', 'forecast', 'score', 'cross'] as const) {
    it(`${task}: targets are standardised residuals of what is generated and known, the rest does not count`, () => {
      const batch = batchOf(drawOf(task));
      const z = windowAt(places[5], length, channels);
      const generated = generatedOf(batch);
      const weight = grid(batch.weight);
      const target = grid(batch.target);
      const call = new CallBatch(shape, 1);
      const suffixRows =
        task === 'forecast'
          ? basis.horizon
          : task === 'score'
            ? generated.lastIndexOf(0) === cells - 4 * channels - 1
              ? 4
              : 16
            : 0;
      const startMs = places[5].segment.startMs + places[5].row * basis.stepMs;
      writeCall(
        call,
        0,
        basis,
        { z, generated: Uint8Array.from(generated), task, startMs },
        { suffixRows, group: basis.cross.groups.find((group) => generated[group[0]] === 1) ?? [] },
      );
      let counted = 0;
      let missing = 0;
      for (let i = 0; i < cells; i++) {
        const counts = generated[i] === 1 && !Number.isNaN(z[i]);
        assert.equal(weight[i], counts ? 1 : 0);
        if (generated[i] === 1 && !counts) missing++;
        const want = counts
          ? Math.max(-30, Math.min(30, (z[i] - call.base[i]) / basis.residualScale[task][i % channels]))
          : 0;
        assert.ok(Math.abs(target[i] - want) < 1e-4, `cell ${i}: ${target[i]}, expected ${want}`);
        if (counts) counted++;
      }
      assert.ok(counted > 0);
      if (task === 'impute') assert.ok(missing > 0, 'the holes of the feed are generated too, and do not count');
      assert.deepEqual(batch.cells, call.cells);
    });
  }

  it('at the null level shows nothing of z; at a level shows noise on generated cells only', () => {
    assert.ok(batchOf(drawOf('impute')).zSigma.every((v) => v === 0));
    const batch = batchOf(drawOf('impute', { sigma: 0.5 }), 40);
    let squares = 0;
    let count = 0;
    for (let k = 0; k < 40; k++) {
      const [noisy, target, generated] = [grid(batch.zSigma, k), grid(batch.target, k), generatedOf(batch, k)];
      noisy.forEach((v, i) => {
        if (generated[i] === 0) assert.equal(v, 0);
        else {
          squares += (v - target[i]) ** 2;
          count++;
        }
      });
    }
    const std = Math.sqrt(squares / count);
    assert.ok(Math.abs(std - 0.5) < 4 * (0.5 / Math.sqrt(2 * count)), `${std} of ${count}`);
  });

  it('tells the level by its features and coefficients', () => {
    for (const sigma of [null, 0.3]) {
      const batch = batchOf(drawOf('forecast', { sigma }));
      const want = new Float32Array(2 * noiseFrequencies);
      noiseFeatures(sigma ?? nullSigma, want, 0);
      assert.deepEqual(batch.noise, want);
      const { cIn, cSkip, cOut } = precondition(sigma ?? nullSigma);
      assert.deepEqual([batch.cIn[0], batch.cSkip[0], batch.cOut[0]], [cIn, cSkip, cOut].map(Math.fround));
    }
  });

  it('a score masks measured channels only', () => {
    const commands = fitted([coupledSeries('a', 300, seed)], { measured: [true, false, true] });
    const batch = makeBatch(commands.basis, commands.shape, 8, createRng(seed), () => ({
      place: commands.places[0],
      task: 'score',
      sigma: null,
    }));
    for (let k = 0; k < 8; k++) {
      generatedOf(batch, k).forEach((g, i) => {
        if (i % 3 === 1) assert.equal(g, 0);
        else if (i >= (length - 4) * 3) assert.equal(g, 1);
      });
    }
  });

  it('a short window keeps half of itself when the score masks it', () => {
    const short = fitted([coupledSeries('a', 300, seed)], { length: 16, horizon: 4 });
    const batch = makeBatch(short.basis, short.shape, 12, createRng(seed), () => ({
      place: short.places[0],
      task: 'score',
      sigma: null,
    }));
    const perCall = 16 * 3;
    for (let k = 0; k < 12; k++)
      assert.ok(batch.weight.subarray(k * perCall, (k + 1) * perCall).reduce((a, b) => a + b, 0) <= perCall / 2);
  });
});

describe(`TrainingSampler (seed ${seed})`, () => {
  const sampler = (own = seed) => new TrainingSampler(basis, shape, places, folds, createRng(own));

  it('draws all tasks and all noise levels, finite throughout', () => {
    const batch = sampler().draw(200);
    const shares = tasks.map((_, k) => batch.task.filter((v, i) => i % tasks.length === k && v === 1).length / 200);
    assert.equal(
      shares.reduce((a, b) => a + b, 0),
      1,
    );
    shares.forEach((share) => assert.ok(share > 0.08 && share < 0.5, `${shares}`));
    const nulls = [...batch.cOut].filter((c) => c === Math.fround(precondition(nullSigma).cOut)).length / 200;
    assert.ok(Math.abs(nulls - 0.4) < 0.12, `${nulls}`);
    for (const part of ['cells', 'time', 'zSigma', 'target', 'weight', 'noise', 'cIn', 'cSkip', 'cOut'] as const)
      assert.ok(batch[part].every(Number.isFinite), part);
  });

  it('is the same for the same seed', () => {
    assert.deepEqual(sampler().draw(6), sampler().draw(6));
    assert.notDeepEqual(sampler(1).draw(6), sampler(2).draw(6));
  });

  it('forecasts from the ridge that has not seen the window', () => {
    const place = places.find(({ fold }) => fold === 3);
    assert.ok(place);
    const batch = new TrainingSampler(basis, shape, [place], folds, createRng(seed)).draw(12);
    const own = makeBatch(basis, shape, 1, createRng(seed), () => ({
      place,
      task: 'forecast',
      sigma: null,
      ridge: folds[3],
    }));
    const k = [...Array(12).keys()].find((i) => batch.task[tasks.length * i + 1] === 1);
    assert.ok(k !== undefined);
    assert.deepEqual(batch.target.subarray(k * cells, (k + 1) * cells), own.target);
  });
});

describe('draws of a feed with plans', () => {
  const own = fitted([scheduledSeries('oven', 900, seed)], scheduledBasis);
  const { horizon } = own.basis;
  const { patch, cellFeatures, tokenFeatures } = own.shape;
  /** How many rows of the plan a call of the batch is given; -1: it is no forecast. */
  const givenRows = (batch: ReturnType<typeof makeBatch>, k: number): number => {
    if (batch.task[tasks.length * k + tasks.indexOf('forecast')] !== 1) return -1;
    const known = Array.from({ length: horizon }, (_, h) => {
      const t = own.shape.length - horizon + h;
      const token = (k * own.shape.length) / patch + Math.floor(t / patch);
      const at = (token * 3 + scheduled.target) * (patch * cellFeatures + tokenFeatures) + (t % patch) * cellFeatures;
      return 1 - (batch.cells[at] as number);
    });
    const rows = known.indexOf(0);
    assert.ok(rows < 0 || known.slice(rows).every((one) => one === 0), 'a plan has an end, and no holes of our making');
    return rows < 0 ? horizon : rows;
  };

  it('are mostly given the whole plan, sometimes its beginning, sometimes nothing', () => {
    const size = 600;
    const batch = new TrainingSampler(own.basis, own.shape, own.places, own.folds, createRng(seed)).draw(size);
    const rows = Array.from({ length: size }, (_, k) => givenRows(batch, k)).filter((n) => n >= 0);
    const share = (is: (n: number) => boolean) => rows.filter(is).length / rows.length;
    // three standard errors of a share of so many draws
    const tolerance = 3 * Math.sqrt(0.25 / rows.length);
    assert.ok(rows.length > 150);
    assert.ok(Math.abs(share((n) => n === horizon) - 0.75) < tolerance);
    assert.ok(share((n) => n === 0) > 0.12 - tolerance && share((n) => n > 0 && n < horizon) > 0.05);
  });

  it('of validation are given all of it, and nothing of it is a target', () => {
    const place = own.places[3] ?? assert.fail();
    const batch = makeBatch(own.basis, own.shape, 2, createRng(seed), (k) => ({
      ...nullDraw(own.basis, own.shape, place, 'forecast', () => assert.fail()),
      ...(k === 1 ? { plannedRows: 0 } : {}),
    }));
    assert.deepEqual([givenRows(batch, 0), givenRows(batch, 1)], [horizon, 0]);
    const weights = (k: number) =>
      Array.from({ length: horizon }, (_, h) => {
        const at = tokenIndex(own.shape, own.shape.length - horizon + h, scheduled.target);
        return batch.weight[k * own.shape.length * 3 + at];
      });
    assert.ok(weights(0).every((weight) => weight === 0) && weights(1).every((weight) => weight === 1));
  });

  it('of a feed without plans are what they were: no chance is spent on them', () => {
    const plain = fitted([scheduledSeries('oven', 900, seed)], { ...scheduledBasis, ahead: [] });
    const batch = new TrainingSampler(plain.basis, plain.shape, plain.places, plain.folds, createRng(seed)).draw(40);
    for (let k = 0; k < 40; k++) assert.ok(givenRows(batch, k) <= 0);
  });
});
