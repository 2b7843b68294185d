import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { fitKalman } from '../../src/diffusion/base/fit-kalman.ts';
import { neutralCalibration, relativeSquare } from '../../src/diffusion/calibration.ts';
import { cellFeatureCount } from '../../src/diffusion/call.ts';
import { logit } from '../../src/diffusion/logistic.ts';
import { samplerMethods } from '../../src/diffusion/sampler/method.ts';
import { zeroHeadEngine } from '../../src/infer/engines/zero-head.ts';
import type { PlanOptions, PlanWindow } from '../../src/infer/plan.ts';
import { inferWindows } from '../../src/infer/plan.ts';
import {
  active,
  channels,
  fakeEngine,
  horizon,
  length,
  plainModel,
  planOptions,
  planWindow,
  scale,
  stepMs,
} from './fixtures.ts';
import { saveTinyModel, tinyOptions, tinyWindows, withFolder } from './model-fixture.ts';

const law = { location: 0.5, scale: 0.2 };
const model = plainModel();
const run = async (window: PlanWindow, changes: Partial<PlanOptions> = {}, own = model) =>
  (await inferWindows(fakeEngine(law), own, planOptions(changes), [window]))[0];
const near = (got: number, want: number, tolerance = 1e-4) =>
  assert.ok(Math.abs(got - want) <= tolerance * (1 + Math.abs(want)), `${got}, expected ${want}`);
const missing = Number.NaN;
const neutralLevel = model.calibration.residualLevel.score[0];

describe('inferWindows: imputation', () => {
  const gap = planWindow((t, c) => (t === 29 && c === 3 ? missing : t === 22 && c === 0 ? missing : undefined));

  it('gives quantiles of missing cells in their own unit, nothing where a cell was observed', async () => {
    const { imputed } = await run(gap);
    assert.ok(imputed);
    assert.deepEqual([...imputed.rows], [22, 23, 24, 25, 28, 29, 30, 31]);
    assert.deepEqual([...imputed.final], [1, 1, 1, 1, 0, 0, 0, 0]);
    const at = (row: number, c: number) => [
      ...imputed.quantiles.subarray(
        ([...imputed.rows].indexOf(row) * channels + c) * 3,
        ([...imputed.rows].indexOf(row) * channels + c) * 3 + 3,
      ),
    ];
    // base: the line between 110 and 110, z = 1; location 1 + r .5, scale r .2
    for (const [row, c, r] of [
      [29, 3, scale[2]],
      [22, 0, scale[0]],
    ] as const) {
      [0.05, 0.5, 0.95].forEach((p, q) =>
        near(at(row, c)[q], 100 + 10 * (1 + r * (law.location + law.scale * logit(p)))),
      );
    }
    assert.equal(imputed.quantiles.filter((v) => !Number.isNaN(v)).length, 6);
  });

  it('asks nothing of the model where nothing is missing in the rows asked for', async () => {
    const engine = fakeEngine(law);
    const [{ imputed }] = await inferWindows(engine, model, planOptions({ scoreParts: [] }), [
      planWindow((t, c) => (t === 2 && c === 0 ? missing : undefined)),
    ]);
    assert.ok(imputed?.quantiles.every(Number.isNaN));
    assert.deepEqual(engine.marginalSizes, []);
  });

  it('applies the calibrated spread around the median', async () => {
    const calibrated = {
      ...model,
      calibration: {
        ...model.calibration,
        spread: { impute: Float32Array.of(1, 1, 2), forecast: Float32Array.of(1, 1, 1) },
      },
    };
    const { imputed } = await run(
      planWindow((t, c) => (t === 31 && c === 3 ? missing : undefined)),
      {},
      calibrated,
    );
    const [low, middle, high] = (imputed?.quantiles ?? new Float64Array()).filter((v) => !Number.isNaN(v));
    near(middle, 100 + 10 * (1 + scale[2] * law.location));
    near(high - middle, 10 * scale[2] * 2 * law.scale * logit(0.95));
    near(middle - low, high - middle);
  });

  it('never leaves the bounds of a channel', async () => {
    const bounds = Array.from({ length: channels }, () => ({ min: 120, max: 125 }));
    const { imputed, forecast } = await run(gap, { bounds, forecastEverySteps: 4 });
    for (const values of [
      imputed?.quantiles ?? [],
      forecast?.quantiles.filter((_, i) => Math.floor(i / 3) % channels === 0) ?? [],
    ]) {
      for (const v of values) assert.ok(Number.isNaN(v) || (v >= 120 && v <= 125), `${v}`);
    }
  });

  it('channels that never varied hold their last value, or what is normal where none was seen', async () => {
    const { imputed } = await run(
      planWindow((t, c) => (c === 2 ? (t < 20 ? 7 : missing) : c === 4 ? missing : undefined)),
    );
    const of = (c: number) =>
      [...(imputed?.quantiles ?? [])].filter((v, i) => Math.floor(i / 3) % channels === c && !Number.isNaN(v));
    assert.deepEqual(new Set(of(2)), new Set([7]));
    assert.equal(of(2).length, 8 * 3);
    assert.deepEqual(new Set(of(4)), new Set([100]));
  });
});

describe('inferWindows: forecast', () => {
  const rising = planWindow((t) => 100 + t);

  it('stands on the newest rows, in its own unit, and every level in order', async () => {
    const { forecast } = await run(rising, { forecastEverySteps: 4 });
    assert.ok(forecast);
    assert.equal(forecast.horizon, horizon);
    assert.equal(forecast.quantiles.length, horizon * channels * 3);
    for (let h = 0; h < horizon; h++) {
      active.forEach((c, d) => {
        const at = (h * channels + c) * 3;
        [0.05, 0.5, 0.95].forEach((p, q) =>
          near(forecast.quantiles[at + q], 100 + 10 * (3.1 + scale[d] * (law.location + law.scale * logit(p)))),
        );
      });
      for (const c of [2, 4])
        assert.deepEqual(
          [...forecast.quantiles.subarray((h * channels + c) * 3, (h * channels + c) * 3 + 3)],
          [131, 131, 131],
        );
    }
  });

  it('comes every so many rows of the grid, whatever the window', async () => {
    const due = async (endRow: number, every: number) =>
      (await run({ ...rising, endMs: endRow * stepMs }, { forecastEverySteps: every })).forecast !== null;
    const ends = Array.from({ length: 24 }, (_, k) => 1_000_003 + 4 * k);
    for (const end of ends) assert.equal(await due(end, 8), (end + 1) % 8 === 0, `${end}`);
    for (const end of ends) assert.equal(await due(end, 0), false);
  });

  it('reads the rows of its context only: those that its horizon pushes out do not matter', async () => {
    const other = planWindow((t) => (t < horizon ? 55 : 100 + t)); // rows that have left the context of a forecast
    const [a, b] = [await run(rising, { forecastEverySteps: 4 }), await run(other, { forecastEverySteps: 4 })];
    assert.deepEqual(a.forecast, b.forecast);
  });
});

describe('inferWindows: laws of a forecast', () => {
  const rising = planWindow((t) => 100 + t);
  const lawsOf = async (changes: Partial<PlanOptions> = {}, own = model) => {
    const { forecast } = await run(rising, { forecastEverySteps: 4, ...changes }, own);
    assert.ok(forecast?.laws);
    return forecast.laws;
  };

  it('are those of the network and of its base alone, cell by cell; what never varied is certain', async () => {
    const spread = { impute: Float32Array.of(1, 1, 1), forecast: Float32Array.of(1, 1, 2) };
    const { network, ridge } = await lawsOf({}, { ...model, calibration: { ...model.calibration, spread } });
    for (let h = 0; h < horizon; h++) {
      active.forEach((c, d) => {
        const i = h * channels + c;
        near(network.location[i], 100 + 10 * (3.1 + scale[d] * law.location));
        near(network.scale[i], 10 * scale[d] * law.scale * spread.forecast[d]);
        near(ridge.location[i], 131);
        near(ridge.scale[i] * logit(0.95), 10 * 1.6448536); // residualStd is 1
      });
      for (const c of [2, 4])
        for (const { location, scale } of [network, ridge])
          assert.deepEqual([location[h * channels + c], scale[h * channels + c]], [131, 0]);
    }
  });

  it('are not clipped to the bounds, as the quantiles are', async () => {
    const bounds = Array.from({ length: channels }, () => ({ min: 0, max: 120 }));
    assert.deepEqual(await lawsOf({ bounds }), await lawsOf());
  });

  it('have median and 90 % of the sampled paths where there are some', async () => {
    const sampled = { forecastEverySteps: 4, samplerSteps: 2, samplerSamples: 64, quantiles: [0.05, 0.5, 0.95] };
    const { forecast } = await run(rising, sampled);
    assert.ok(forecast?.laws);
    const { location, scale } = forecast.laws.network;
    for (const c of active) {
      const [low, middle, high] = forecast.quantiles.subarray(3 * c, 3 * c + 3);
      near(location[c], middle);
      near(scale[c], (high - low) / (2 * logit(0.95)));
    }
    assert.deepEqual(forecast.laws.ridge, (await lawsOf()).ridge);
  });

  it('are of the bent value where the channel has a transform', async () => {
    const transforms = model.basis.transforms.map(() => 'sqrt' as const);
    const bent = { ...model, basis: { ...model.basis, transforms } };
    const window = planWindow((t) => (100 + t) ** 2);
    const { forecast } = await run(window, { forecastEverySteps: 4 }, bent);
    const laws = await lawsOf();
    for (const name of ['network', 'ridge'] as const)
      for (const part of ['location', 'scale'] as const)
        forecast?.laws?.[name][part].forEach((value, i) => void near(value, laws[name][part][i], 1e-3));
  });
});

describe('inferWindows: residuals', () => {
  it('expect nothing outside the bounds of the channel', async () => {
    const bounds = Array.from({ length: channels }, () => ({ min: 60, max: 95 }));
    const window = planWindow((t, c) => (t === 30 && c === 0 ? 150 : undefined));
    const [bounded, free] = [await run(window, { bounds }), await run(window)];
    assert.ok(free.residual?.expected.some((v) => v > 95));
    bounded.residual?.expected.forEach((v, i) => {
      const want = free.residual?.expected[i] ?? Number.NaN;
      assert.equal(v, Number.isNaN(want) ? Number.NaN : Math.min(95, Math.max(60, want)));
    });
    assert.deepEqual(bounded.residual?.squared, free.residual?.squared, 'what is surprising stays as surprising');
  });

  it('are ((z - reconstructed) / r)^2 of the new rows, relative to what is ordinary', async () => {
    const { residual } = await run(planWindow((t, c) => (t === 30 && c === 0 ? 150 : undefined)));
    assert.ok(residual);
    assert.equal(residual.squared.length, 4 * channels);
    const at = (k: number, c: number) => k * channels + c;
    for (const [k, c, z, r] of [
      [2, 0, 5, scale[0]],
      [1, 0, 1, scale[0]],
      [2, 3, 1, scale[2]],
    ] as const) {
      const centre = r * law.location; // base 0
      near(residual.squared[at(k, c)], relativeSquare(((z - centre) / r) ** 2, neutralLevel));
      near(residual.base?.[at(k, c)] ?? Number.NaN, (z / r) ** 2);
      near(residual.level?.[at(k, c)] ?? Number.NaN, z);
      assert.equal(residual.bias, undefined, 'no group is masked');
      near(residual.expected[at(k, c)], 100 + 10 * centre);
      near(residual.halfWidth90[at(k, c)], 10 * r * law.scale * logit(0.95));
    }
  });

  it('of the base alone are what a network that says nothing leaves', () =>
    withFolder(async (dir) => {
      const { model: tiny } = await saveTinyModel(dir);
      const windows = tinyWindows(3);
      const served = await inferWindows(fakeEngine(law), tiny, tinyOptions(), windows);
      const neutral = { ...tiny, calibration: neutralCalibration(4, tiny.shape.channels) };
      const alone = await inferWindows(
        zeroHeadEngine(tiny.shape),
        neutral,
        tinyOptions({ scoreParts: ['score'] }),
        windows,
      );
      served.forEach(({ residual }, i) => {
        assert.ok(residual?.base?.some((square) => square > 0));
        assert.deepEqual(residual?.base, alone[i]?.residual?.squared);
        assert.notDeepEqual(residual?.base, residual?.squared);
      });
    }));

  it('leave commands out, also those that never varied in training and now do', async () => {
    const { residual } = await run(planWindow((t, c) => (t === 31 && (c === 1 || c === 4) ? 5000 : undefined)));
    for (const part of [
      residual?.squared,
      residual?.base,
      residual?.level,
      residual?.expected,
      residual?.halfWidth90,
    ]) {
      for (const c of [1, 4])
        for (let k = 0; k < 4; k++) assert.ok(Number.isNaN(part?.[k * channels + c]), `channel ${c}`);
    }
  });

  it('of a gauge that never varied are its z^2, of a missing cell nothing', async () => {
    const { residual } = await run(
      planWindow((t, c) => (t === 31 && c === 2 ? 400 : t === 31 && c === 0 ? missing : undefined)),
    );
    const at = 3 * channels;
    near(residual?.squared[at + 2] ?? 0, relativeSquare(25 ** 2, model.calibration.residualLevel.score[2])); // z is held to 25
    assert.equal(residual?.base?.[at + 2], 25 ** 2);
    assert.equal(residual?.expected[at + 2], 100);
    assert.ok(Number.isNaN(residual?.squared[at]) && Number.isNaN(residual?.base?.[at]));
    near(residual?.expected[at] ?? 0, 100 + 10 * scale[0] * law.location);
  });

  it('mask every row that is scored, however many are new', async () => {
    const seen: number[] = [];
    const engine = fakeEngine(law);
    const watching = {
      ...engine,
      marginals: (batch: Parameters<typeof engine.marginals>[0]) => {
        const stride = model.shape.patch * model.shape.cellFeatures + model.shape.tokenFeatures;
        const perCall = batch.cells.length / batch.size;
        for (let k = 0; k < batch.size; k++) {
          const generated = (t: number) =>
            batch.cells[
              k * perCall +
                Math.floor(t / model.shape.patch) * active.length * stride +
                (t % model.shape.patch) * model.shape.cellFeatures
            ];
          seen.push(Array.from({ length }, (_, t) => generated(t)).filter((g) => g === 1).length);
        }
        return engine.marginals(batch);
      },
    };
    for (const newRows of [1, 4, 8, 16]) {
      seen.length = 0;
      await inferWindows(watching, model, planOptions(), [planWindow(() => undefined, { newRows })]);
      assert.deepEqual(seen, [Math.max(4, newRows), 16]);
    }
  });

  it('against the other channels keep their sign, where groups of channels are masked too', async () => {
    const grouped = plainModel([[0], [2]]);
    const engine = fakeEngine(law);
    const [{ residual }] = await inferWindows(engine, grouped, planOptions({ scoreParts: ['score', 'cross'] }), [
      planWindow((t, c) => (t === 30 && c === 0 ? 150 : undefined)),
    ]);
    assert.deepEqual(engine.marginalSizes, [4]);
    // both parts stand on a base of zero here: their residuals are the same
    const square = relativeSquare(((5 - scale[0] * law.location) / scale[0]) ** 2, neutralLevel);
    near(residual?.squared[2 * channels] ?? 0, square);
    near(residual?.bias?.[2 * channels] ?? 0, Math.sqrt(square));
  });
});

describe('inferWindows: windows of every kind', () => {
  it('a window with too few cells is not inferred at all', async () => {
    const window = planWindow((t) => (t < 30 ? missing : undefined));
    assert.deepEqual(await run(window, { minObservedFraction: 0.1, forecastEverySteps: 4 }), {
      imputed: null,
      forecast: null,
      residual: null,
    });
    assert.ok((await run(window, { minObservedFraction: 0.05 })).imputed);
  });

  it('a window without any cell gives finite answers where it is asked for one', async () => {
    const { imputed, forecast, residual } = await run(
      planWindow(() => missing),
      { minObservedFraction: 0, forecastEverySteps: 4 },
    );
    assert.ok(imputed?.quantiles.every(Number.isFinite));
    assert.ok(forecast?.quantiles.every(Number.isFinite));
    assert.ok(residual?.squared.every(Number.isNaN));
  });

  it('the largest readings there are do no harm', async () => {
    for (const value of [1e300, -1e300, Number.MAX_VALUE]) {
      const window = planWindow((t, c) => (c === 0 && t % 3 === 0 ? value : t === 31 ? missing : undefined));
      const { imputed, forecast, residual } = await run(window, { forecastEverySteps: 4 });
      assert.ok(imputed?.quantiles.every((v) => Number.isNaN(v) || Number.isFinite(v)));
      assert.ok(forecast?.quantiles.every(Number.isFinite));
      assert.ok(residual?.squared.every((v) => Number.isNaN(v) || Number.isFinite(v)));
    }
  });

  it('keeps the levels in order, whatever the window', async () => {
    const cell = fc.oneof(
      { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(missing) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { minLength: length * channels, maxLength: length * channels }),
        fc.constantFrom(1, 3),
        async (cells, samplerSteps) => {
          const { imputed, forecast } = await run(
            planWindow((t, c) => cells[t * channels + c]),
            { forecastEverySteps: 4, samplerSteps, minObservedFraction: 0 },
          );
          for (const quantiles of [imputed?.quantiles, forecast?.quantiles]) {
            assert.ok(quantiles);
            for (let i = 0; i < quantiles.length; i += 3) {
              if (Number.isNaN(quantiles[i])) continue;
              assert.ok(
                quantiles[i] <= quantiles[i + 1] && quantiles[i + 1] <= quantiles[i + 2],
                `${quantiles.subarray(i, i + 3)}`,
              );
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('asks the engine for no more calls at once than it may', async () => {
    const engine = fakeEngine(law);
    const windows = Array.from({ length: 9 }, (_, k) =>
      planWindow((t) => (t === 31 ? missing : undefined), { series: `s${k}` }),
    );
    const results = await inferWindows(
      engine,
      model,
      planOptions({ batchCallsMax: 10, forecastEverySteps: 4, samplerSteps: 2, samplerSamples: 4 }),
      windows,
    );
    assert.equal(results.length, 9);
    assert.ok(engine.marginalSizes.every((size) => size <= 10));
    assert.equal(
      engine.marginalSizes.reduce((a, b) => a + b, 0),
      9 * 4,
    );
    assert.ok(engine.pathSizes.every((size) => size <= 10));
    assert.equal(
      engine.pathSizes.reduce((a, b) => a + b, 0),
      9 * 2 * 4,
      'scores need no paths',
    );
  });

  it('of no window is nothing', async () => {
    assert.deepEqual(await inferWindows(fakeEngine(law), model, planOptions(), []), []);
  });
});

describe('inferWindows: under overload', () => {
  const gap = planWindow((t, c) => (t === 29 && c === 3 ? missing : undefined));

  it('a window that is only scored is scored as ever, and asks for nothing else', async () => {
    const whole = await run(gap, { forecastEverySteps: 1 });
    assert.ok(whole.imputed !== null && whole.forecast !== null);
    const { imputed, forecast, residual } = await run({ ...gap, scoreOnly: true }, { forecastEverySteps: 1 });
    assert.deepEqual([imputed, forecast], [null, null]);
    assert.deepEqual(residual, whole.residual);
  });

  it('draws a quarter of the paths for a window that is to have fewer, all for its neighbour', async () => {
    const drawn: number[] = [];
    const engine = fakeEngine(law);
    const counting: typeof engine = {
      ...engine,
      paths: (batch, sampler, draws, samples) => {
        drawn.push(samples);
        return engine.paths(batch, sampler, draws, samples);
      },
    };
    const options = planOptions({ samplerSteps: 2, samplerSamples: 10, forecastEverySteps: 0 });
    await inferWindows(counting, model, options, [gap, { ...gap, fewerSamples: true }]);
    assert.deepEqual(drawn, [10, 3]);
  });
});

describe('inferWindows: sample paths', () => {
  const gap = (series: string, endRow = 31) =>
    planWindow((t, c) => (t === 31 && c === 0 ? missing : undefined), { series, endMs: endRow * stepMs });
  const sampled = { samplerSteps: 3, samplerSamples: 7 };

  it('gives type-6 quantiles of the samples', async () => {
    const { imputed } = await run(gap('a'), { ...sampled, samplerSamples: 127, quantiles: [0.25, 0.5, 0.75] });
    const values = (imputed?.quantiles ?? new Float64Array()).filter((v) => !Number.isNaN(v));
    // a path is a standard logistic draw: z = 1 + r logit(u)
    [0.25, 0.5, 0.75].forEach((p, q) => {
      const error = Math.sqrt((p * (1 - p)) / 127) / (p * (1 - p));
      assert.ok(Math.abs((values[q] - 110) / (10 * scale[0]) - logit(p)) < 4.5 * error, `${values[q]}`);
    });
  });

  it('are in the units that the marginals are in where a smoother is the base', async () => {
    const rows = 240;
    const rng = createRng(3);
    const z = Float32Array.from({ length: rows * active.length }, (_, i) => Math.sin(i) + 0.3 * rng.normal());
    const gaps = fitKalman([{ z, rows, startMs: 0 }], active.length, { stepMs });
    const smoothed = {
      ...model,
      shape: { ...model.shape, cellFeatures: cellFeatureCount(true) },
      basis: { ...model.basis, gaps },
    };
    const engine = fakeEngine(law);
    const same: typeof engine = {
      ...engine,
      paths: async (batch, _sampler, _draws, samples) => {
        assert.equal(batch.size, 1);
        const { location } = await engine.marginals(batch);
        return Float32Array.from({ length: samples * location.length }, (_, i) => location[i % location.length] ?? 0);
      },
    };
    const medians = async (samplerSteps: number) => {
      const [{ imputed }] = await inferWindows(same, smoothed, planOptions({ samplerSteps }), [gap('a')]);
      return [...(imputed?.quantiles ?? [])].filter((_, i) => i % 3 === 1 && !Number.isNaN(_));
    };
    const [marginal, sampledMedian] = [await medians(1), await medians(3)];
    assert.equal(marginal.length, 1);
    near(sampledMedian[0], marginal[0]);
  });

  it('the outermost levels are those of the samples themselves: no level is made up', async () => {
    const few = await run(gap('a'), { ...sampled, quantiles: [0.001, 0.5, 0.999] });
    const ends = await run(gap('a'), { ...sampled, quantiles: [1 / 8, 0.5, 7 / 8] });
    const finite = (r: typeof few) => [...(r.imputed?.quantiles ?? [])].filter((v) => !Number.isNaN(v));
    finite(few).forEach((v, i) => near(v, finite(ends)[i], 1e-9));
  });

  it('is the same in whatever batch a window comes, bit for bit', async () => {
    const seed = 5;
    const windows = ['a', 'b', 'c', 'd', 'e'].map((series) => gap(series));
    const alone = await Promise.all(windows.map((window) => run(window, sampled)));
    const rng = createRng(seed);
    for (const batchCallsMax of [1, 7, 20, 64]) {
      const order = windows.map((_, i) => i).sort(() => rng.uniform() - 0.5);
      const together = await inferWindows(
        fakeEngine(law),
        model,
        planOptions({ ...sampled, batchCallsMax }),
        order.map((i) => windows[i]),
      );
      order.forEach((i, k) => assert.deepEqual(together[k], alone[i]));
    }
  });

  it('draws anew for another series, another end and another model', async () => {
    const base = await run(gap('a'), sampled);
    assert.deepEqual(await run(gap('a'), sampled), base);
    assert.notDeepEqual((await run(gap('b'), sampled)).imputed, base.imputed);
    assert.notDeepEqual((await run(gap('a', 35), sampled)).imputed, base.imputed);
    assert.notDeepEqual((await run(gap('a'), sampled, { ...model, version: 'ffffffffffff' })).imputed, base.imputed);
  });

  it('asks each sampler for the draws that it uses, the same ones in whatever batch', async () => {
    const seen = new Set<string>();
    for (const samplerMethod of samplerMethods) {
      const own = await run(gap('a'), { ...sampled, samplerMethod });
      const together = await inferWindows(fakeEngine(law), model, planOptions({ ...sampled, samplerMethod }), [
        gap('b'),
        gap('a'),
      ]);
      assert.deepEqual(together[1], own);
      const values = [...(own.imputed?.quantiles ?? [])].filter((v) => !Number.isNaN(v));
      assert.ok(values.length === 3 && values.every(Number.isFinite), samplerMethod);
      seen.add(values.join());
    }
    assert.equal(seen.size, 3, 'the fake engine returns the last draw: logistic, first normal or last normal');
  });

  it('asks for all paths of a window by one call: what does not depend on the draw is computed once', async () => {
    const engine = fakeEngine(law);
    const asked: { readonly rows: number; readonly samples: number }[] = [];
    const listening: typeof engine = {
      ...engine,
      paths: (batch, sampler, draws, samples) => {
        asked.push({ rows: batch.size, samples });
        return engine.paths(batch, sampler, draws, samples);
      },
    };
    await inferWindows(listening, model, planOptions({ ...sampled, forecastEverySteps: 4, batchCallsMax: 64 }), [
      gap('a'),
      planWindow((t, c) => (t === 30 && c === 3 ? missing : t === 5 ? 140 : undefined), { series: 'b' }),
    ]);
    assert.deepEqual(asked, [{ rows: 4, samples: 7 }]);
  });

  it('leaves the score to the marginal law', async () => {
    assert.deepEqual((await run(gap('a'), sampled)).residual, (await run(gap('a'))).residual);
  });
});
