import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { readAcross } from '../../src/diffusion/base/cross-ridge.ts';
import { forecastRidge } from '../../src/diffusion/base/direct-ridge.ts';
import { interpolate } from '../../src/diffusion/base/interpolate.ts';
import { CallBatch, type CallInput, tokenFeatureCount, tokenIndex, writeCall } from '../../src/diffusion/call.ts';
import { channelMask, forecastMask, suffixMask } from '../../src/diffusion/masks.ts';
import type { Task } from '../../src/diffusion/task.ts';
import { writeTimeFeatures } from '../../src/diffusion/time-features.ts';
import { coupledSeries, fitted, minuteMs, normals, shapeOf } from './fixtures.ts';
import { scheduled, scheduledBasis, scheduledSeries } from './scheduled-plant.ts';

const seed = 17;
const fit = fitted([coupledSeries('a', 600, seed, { missing: 0.05 })]);
const { basis, shape } = fit;
const { length, channels, patch } = shape;
const size = length * channels;
const startMs = 1_700_000_000_000;

/** A window with holes and a mask for the task. */
function input(task: Task, own: number): CallInput & { suffixRows: number; group: readonly number[] } {
  const rng = createRng(own);
  const z = normals(rng, size).map((v) => (rng.uniform() < 0.15 ? Number.NaN : v));
  const suffixRows = task === 'forecast' ? basis.horizon : task === 'score' ? 4 : 0;
  const group = task === 'cross' ? basis.cross.groups[0] : [];
  const generated =
    task === 'cross'
      ? channelMask(length, channels, group)
      : task === 'impute'
        ? Uint8Array.from(z, (v) => (Number.isNaN(v) || rng.uniform() < 0.3 ? 1 : 0))
        : suffixMask(length, channels, suffixRows);
  return { z, generated, task, startMs, suffixRows, group };
}

function write(call: ReturnType<typeof input>, index = 0, batch = new CallBatch(shape, 1)): CallBatch {
  writeCall(batch, index, basis, call, { suffixRows: call.suffixRows, group: call.group });
  return batch;
}

const tasksToTry = fc.constantFrom<Task>('impute', 'forecast', 'score', 'cross');
const features = (batch: CallBatch, t: number, d: number) => {
  const stride = patch * shape.cellFeatures + tokenFeatureCount;
  const token = (Math.floor(t / patch) * channels + d) * stride;
  return {
    cell: [
      ...batch.cells.subarray(
        token + (t % patch) * shape.cellFeatures,
        token + (t % patch) * shape.cellFeatures + shape.cellFeatures,
      ),
    ],
    token: [...batch.cells.subarray(token + patch * shape.cellFeatures, token + stride)],
  };
};

describe('writeCall', () => {
  it('reads no cell that is to be generated: whatever stands there, the inputs are the same', () => {
    fc.assert(
      fc.property(tasksToTry, fc.integer(), fc.constantFrom(0, 1e30, -7, Number.NaN), (task, own, intruder) => {
        const call = input(task, own);
        const other = { ...call, z: call.z.map((v, i) => (call.generated[i] === 1 ? intruder : v)) };
        const [a, b] = [write(call), write(other)];
        assert.deepEqual(b.cells, a.cells);
        assert.deepEqual(b.base, a.base);
        assert.deepEqual(b.time, a.time);
        assert.deepEqual(b.task, a.task);
      }),
      { numRuns: 200 },
    );
  });

  it('does read what is known', () => {
    for (const task of ['impute', 'forecast', 'score', 'cross'] as const) {
      const call = input(task, seed);
      const i = call.generated.findIndex((g, k) => g === 0 && !Number.isNaN(call.z[k]));
      const other = { ...call, z: call.z.with(i, call.z[i] + 1) };
      assert.notDeepEqual(write(other).cells, write(call).cells, task);
    }
  });

  it('writes finite inputs within bounds, whatever the window', () => {
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.float({ min: -25, max: 25, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    );
    const kinds = fc.oneof(
      fc.array(value, { minLength: size, maxLength: size }),
      fc.constant(Array<number>(size).fill(Number.NaN)),
      fc.constant(Array<number>(size).fill(25)),
    );
    fc.assert(
      fc.property(tasksToTry, kinds, (task, z) => {
        const batch = write({ ...input(task, seed), z: Float32Array.from(z) });
        assert.ok(batch.cells.every((v) => Number.isFinite(v) && Math.abs(v) <= 25));
        assert.ok(batch.base.every(Number.isFinite));
      }),
      { numRuns: 100 },
    );
  });

  it('lays the features of a cell out as the network is told', () => {
    const call = input('impute', seed);
    const batch = write(call);
    for (let d = 0; d < channels; d++) {
      const known = Array.from(
        { length },
        (_, t) => call.generated[t * channels + d] === 0 && !Number.isNaN(call.z[t * channels + d]),
      );
      const values = known.flatMap((k, t) => (k ? [call.z[t * channels + d]] : []));
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      for (let t = 0; t < length; t++) {
        const i = t * channels + d;
        const { cell, token } = features(batch, t, d);
        const before = known.slice(0, t + 1).lastIndexOf(true);
        const after = known.indexOf(true, t);
        const near = (got: number, want: number, what: string) =>
          assert.ok(Math.abs(got - want) < 1e-5, `${what} of (${t}, ${d}): ${got}, expected ${want}`);
        near(cell[0], call.generated[i], 'generated');
        near(cell[1], known[t] ? call.z[i] - mean : 0, 'centred value');
        near(cell[2], known[t] ? 1 : 0, 'known');
        near(cell[3], batch.base[i] - mean, 'centred base');
        near(cell[4], before < 0 ? 0 : Math.exp(-(t - before) / 6), 'nearness of the last');
        near(cell[5], after < 0 ? 0 : Math.exp(-(after - t) / 6), 'nearness of the next');
        near(cell[6], 1, 'spread of the base');
        near(token[0], mean, 'mean');
        assert.equal(token[1], 0);
      }
    }
  });

  it('gaps stand on the line between their neighbours', () => {
    const call = input('impute', seed);
    const want = new Float32Array(size);
    interpolate(
      call.z,
      Uint8Array.from(call.generated, (g, i) => (g === 0 && !Number.isNaN(call.z[i]) ? 1 : 0)),
      length,
      channels,
      want,
    );
    assert.deepEqual(write(call).base, want);
  });

  it('a forecast stands on the ridge, with its own spread as an input', () => {
    const call = input('forecast', seed);
    const context = length - basis.horizon;
    const batch = write(call);
    const want = new Float32Array(size);
    interpolate(
      call.z,
      Uint8Array.from(call.z, (v, i) => (i < context * channels && !Number.isNaN(v) ? 1 : 0)),
      length,
      channels,
      want,
    );
    const time = new Float32Array(2 * basis.periodsMs.length || 1);
    writeTimeFeatures(startMs + (context - 1) * minuteMs, basis.periodsMs, time, 0);
    forecastRidge(basis.ridge, want, context, time);
    assert.deepEqual(batch.base, want);
    const spread = features(batch, length - 1, 0).cell[6];
    assert.ok(Math.abs(spread - basis.ridge.residualStd[basis.horizon - 1] / basis.residualScale.forecast[0]) < 1e-5);
    assert.equal(features(batch, context - 1, 0).cell[6], 1);
  });

  it('another ridge can be asked for: that of the fold which has not seen the window', () => {
    const call = input('forecast', seed);
    const batch = new CallBatch(shape, 1);
    writeCall(batch, 0, basis, call, { suffixRows: call.suffixRows, ridge: fit.folds[1] });
    assert.notDeepEqual(batch.base, write(call).base);
  });

  it('a score is not centred, and says so', () => {
    const call = input('score', seed);
    const batch = write(call);
    const { cell, token } = features(batch, 0, 0);
    assert.deepEqual(token, [0, 1]);
    if (!Number.isNaN(call.z[0])) assert.equal(cell[1], call.z[0]);
    for (let t = 0; t < length - 4; t++) assert.equal(features(batch, t, 1).cell[0], 0);
    for (let t = length - 4; t < length; t++) assert.equal(features(batch, t, 1).cell[0], 1);
    assert.deepEqual([...batch.task], [0, 0, 1, 0]);
  });

  it('a group that is masked stands on what the others say, and is told as a score', () => {
    const call = input('cross', seed);
    const batch = write(call);
    const want = new Float32Array(size);
    const known = Uint8Array.from(call.generated, (g, i) => (g === 0 && !Number.isNaN(call.z[i]) ? 1 : 0));
    interpolate(call.z, known, length, channels, want);
    readAcross(basis.cross, call.group, want, known, length, channels);
    assert.deepEqual(batch.base, want);
    assert.deepEqual([...batch.task], [0, 0, 0, 1]);
    assert.deepEqual(features(batch, 0, call.group[0]).token, [0, 1]);
  });

  it('a shifted feed has shifted means and no other inputs: centring takes the level out of the inputs', () => {
    const call = input('impute', seed);
    const up = write({ ...call, z: call.z.map((v) => v + 3) });
    const plain = write(call);
    for (let t = 0; t < length; t++) {
      const [a, b] = [features(up, t, 2), features(plain, t, 2)];
      a.cell.forEach((v, k) => assert.ok(Math.abs(v - b.cell[k]) < 1e-5));
      assert.ok(Math.abs(a.token[0] - b.token[0] - 3) < 1e-5);
    }
  });

  it('writes its own place of the batch and no other', () => {
    const calls = [input('impute', 1), input('forecast', 2), input('score', 3), input('cross', 4)];
    const batch = new CallBatch(shape, 4);
    for (const index of [2, 0, 3, 1]) write(calls[index], index, batch);
    calls.forEach((call, index) => {
      const alone = write(call);
      for (const part of ['cells', 'time', 'task', 'base'] as const) {
        const each = alone[part].length;
        assert.deepEqual(batch[part].subarray(index * each, (index + 1) * each), alone[part], part);
      }
    });
  });

  it('a place that is written again keeps nothing of the call before', () => {
    const batch = write(input('score', 1));
    write(input('impute', 2), 0, batch);
    assert.deepEqual(batch, write(input('impute', 2)));
  });
});

describe('tokenIndex', () => {
  it('gives every cell its own place, row by row within a patch', () => {
    for (const own of [shapeOf({ patch: 1 }), shapeOf({ patch: 2 }), shapeOf({ patch: 4 }), shapeOf({ patch: 8 })]) {
      const places = new Set<number>();
      for (let t = 0; t < own.length; t++) for (let d = 0; d < own.channels; d++) places.add(tokenIndex(own, t, d));
      assert.equal(places.size, own.length * own.channels);
      assert.equal(Math.min(...places), 0);
      assert.equal(Math.max(...places), places.size - 1);
      if (own.patch > 1) assert.equal(tokenIndex(own, 1, 0), tokenIndex(own, 0, 0) + 1);
    }
  });
});

describe('writeCall, given a plan', () => {
  const own = fitted([scheduledSeries('oven', 900, seed)], scheduledBasis);
  const { horizon, planned } = own.basis;
  const from = own.shape.length - horizon;
  const cellsOf = own.shape.length * own.shape.channels;
  const isAhead = (i: number) => i >= from * own.shape.channels;

  function call(chance: number, plannedRows: number): CallInput {
    const rng = createRng(chance);
    const z = normals(rng, cellsOf).map((v) => (rng.uniform() < 0.15 ? Number.NaN : v));
    const generated = forecastMask(z, own.shape.length, own.shape.channels, horizon, planned, plannedRows);
    return { z, generated, task: 'forecast', startMs };
  }
  const writeOwn = (one: CallInput) => {
    const batch = new CallBatch(own.shape, 1);
    writeCall(batch, 0, own.basis, one, { suffixRows: horizon });
    return batch;
  };
  const rowsArb = fc.integer({ min: 0, max: horizon });

  it('reads no cell that is to be generated, be it of the plan behind its end', () => {
    fc.assert(
      fc.property(fc.integer(), rowsArb, fc.constantFrom(0, 1e30, -7), (chance, rows, intruder) => {
        const one = call(chance, rows);
        const other = { ...one, z: one.z.map((v, i) => (one.generated[i] === 1 ? intruder : v)) };
        assert.deepEqual(writeOwn(other), writeOwn(one));
      }),
      { numRuns: 100 },
    );
  });

  it('reads every planned cell: the network sees it, and the ridge of the other channels', () => {
    assert.deepEqual([planned, own.basis.ridge.planned, own.basis.ridge.planRows], [[2], [2], horizon]);
    for (let h = 0; h < horizon; h++) {
      const one = call(5, horizon);
      const i = (from + h) * own.shape.channels + scheduled.target;
      one.z[i] = 1;
      one.generated[i] = 0;
      const [a, b] = [writeOwn(one), writeOwn({ ...one, z: one.z.with(i, 2) })];
      assert.deepEqual([a.base[i], b.base[i]], [1, 2], 'what is known is its own base');
      assert.notDeepEqual(a.cells, b.cells);
      const moved = [...a.base.keys()].filter((k) => isAhead(k) && a.base[k] !== b.base[k]);
      assert.ok(
        moved.some((k) => k % 3 === scheduled.temperature),
        `row ${h}`,
      );
    }
  });

  it('without a plan is that of a set point that stays', () => {
    const one = call(7, 0);
    const last = (from - 1) * own.shape.channels + scheduled.target;
    one.z[last] = 1.5;
    const held = one.z.map((v, i) => (isAhead(i) && i % 3 === scheduled.target ? 1.5 : v));
    const generated = one.generated.map((g, i) => (i % 3 === scheduled.target ? 0 : g));
    const [without, stays] = [writeOwn(one).base, writeOwn({ ...one, z: held, generated }).base];
    for (let i = from * 3; i < cellsOf; i++)
      if (i % 3 !== scheduled.target) assert.ok(Math.abs((without[i] as number) - (stays[i] as number)) < 1e-5);
  });
});
