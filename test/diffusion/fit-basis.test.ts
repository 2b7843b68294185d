import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { CallBatch, writeCall } from '../../src/diffusion/call.ts';
import { fitBasis } from '../../src/diffusion/fit-basis.ts';
import { initialHeadScale, logit } from '../../src/diffusion/logistic.ts';
import { suffixMask } from '../../src/diffusion/masks.ts';
import type { GridSeries } from '../../src/diffusion/normal.ts';
import { windowAt } from '../../src/diffusion/training-set.ts';
import { basisOptions, coupledSeries, fitted } from './fixtures.ts';

const seed = 41;

describe(`fitBasis (seed ${seed})`, () => {
  it('leaves channels out that never vary, or of which hardly a cell was seen', () => {
    const series = coupledSeries('a', 400, seed, { constant: 1 });
    const values = Float64Array.from(series.values);
    for (let t = 0; t < 400; t++) if (t >= 40) values[t * 4 + 1] = Number.NaN;
    const { basis, shape } = fitted([{ ...series, values }], { measured: [true, true, false, false] });
    assert.deepEqual(basis.active, [0, 2]);
    assert.deepEqual(basis.measured, [true, false]);
    assert.deepEqual(basis.gauges, [true, true, false, false]);
    assert.equal(shape.channels, 2);
    assert.equal(basis.priors.length, 4);
  });

  it('a channel that differs between series and varies in none is not active', () => {
    const one = (name: string, level: number): GridSeries => {
      const { values, ...rest } = coupledSeries(name, 300, seed);
      return { ...rest, values: values.map((v, i) => (i % 3 === 2 ? level : v)) };
    };
    const { basis } = fitted([one('a', 1), one('b', 2)]);
    assert.deepEqual(basis.active, [0, 1]);
    assert.equal(basis.seriesPriors.get('b')?.[2].mean, 2);
  });

  it('is the same for the same rows and seed', () => {
    const series = [coupledSeries('a', 400, seed, { missing: 0.1 })];
    assert.deepEqual(fitted(series), fitted(series));
  });

  it('does without any channel, and without any row', () => {
    const constant: GridSeries = { series: 'a', startMs: 0, rows: 200, values: new Float64Array(600).fill(4) };
    assert.deepEqual(fitted([constant]).basis.active, []);
    assert.deepEqual(fitted([{ ...constant, rows: 0, values: new Float64Array(0) }]).places, []);
  });

  it('fits where the horizon is longer than the context, and where windows are short', () => {
    for (const changes of [
      { length: 16, horizon: 12, patch: 1 },
      { length: 16, horizon: 1, patch: 8 },
      { length: 64, horizon: 48, patch: 2 },
    ]) {
      const { basis } = fitted([coupledSeries('a', 300, seed)], changes);
      assert.ok(basis.ridge.coefficients.every(Number.isFinite), JSON.stringify(changes));
      for (const scale of Object.values(basis.residualScale))
        assert.ok(scale.every((r) => r >= 0.01 && Number.isFinite(r)));
    }
  });

  it('still learns to forecast where one cell in five is missing', () => {
    const whole = fitted([coupledSeries('a', 1500, seed)]);
    const holes = fitted([coupledSeries('a', 1500, seed, { missing: 0.2 })]);
    // the last value held errs by more than the channel's own spread; what is learnt, by less
    assert.ok(whole.basis.ridge.residualStd[0] < 0.5, `${whole.basis.ridge.residualStd[0]}`);
    assert.ok(holes.basis.ridge.residualStd[0] < 0.8, `${holes.basis.ridge.residualStd[0]}`);
    assert.ok(holes.basis.ridge.coefficients.some((c) => c !== 0));
  });

  it('the ridge of a fold has not seen the windows that training gives it', () => {
    // one fold's rows are replaced by another process: the fold's own ridge must not change its mind about it
    const series = coupledSeries('a', 1200, seed);
    const before = fitted([series]);
    for (const k of [0, 2, 4]) {
      const inside = before.places.filter((place) => place.fold === k);
      const first = inside[0].row + (k === 0 ? 0 : 32);
      const last = (inside.at(-1)?.row ?? 0) + (k === 4 ? 32 : 0);
      const rng = createRng(seed);
      const values = series.values.map((v, i) => (i / 3 >= first && i / 3 < last ? v + 0.5 * rng.normal() : v));
      // the same normaliser, so that only the windows differ
      const after = fitBasis([{ ...series, values }], basisOptions(), createRng(1));
      const scale = (own: typeof before, fold: number) => own.folds[fold].coefficients;
      const moved = (fold: number) => {
        const [a, b] = [scale(before, fold), scale(after, fold)];
        return Math.hypot(...a.map((v, i) => v - b[i])) / Math.hypot(...a);
      };
      const others = [0, 1, 2, 3, 4].filter((fold) => fold !== k).map(moved);
      assert.ok(moved(k) < 0.5 * Math.min(...others), `fold ${k}: moved ${moved(k)}, others ${others}`);
    }
  });

  it('scales residuals so that an untrained head is calibrated', () => {
    const { basis, shape, places, folds } = fitted([coupledSeries('a', 3000, seed)]);
    const { length, channels } = shape;
    const call = new CallBatch(shape, 1);
    for (const task of ['forecast', 'score'] as const) {
      const rows = task === 'forecast' ? basis.horizon : 4;
      let inside = 0;
      let count = 0;
      let absolute = 0;
      for (const place of places) {
        const z = windowAt(place, length, channels);
        const generated = suffixMask(length, channels, rows);
        const startMs = place.segment.startMs + place.row * basis.stepMs;
        writeCall(call, 0, basis, { z, generated, task, startMs }, { suffixRows: rows, ridge: folds[place.fold] });
        z.forEach((v, i) => {
          if (generated[i] === 0) return;
          const w = (v - call.base[i]) / (basis.residualScale[task][i % channels] * initialHeadScale);
          absolute += Math.abs(w);
          count++;
          if (Math.abs(w) < logit(0.95)) inside++;
        });
      }
      if (task === 'forecast')
        assert.ok(
          Math.abs(absolute / count / (2 * Math.LN2) - 1) < 0.05,
          `mean absolute deviation ${absolute / count}`,
        );
      assert.ok(inside / count > 0.85 && inside / count < 0.99, `${task}: 90 % intervals cover ${inside / count}`);
    }
  });
});
