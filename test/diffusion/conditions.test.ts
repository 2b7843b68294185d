import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { bend } from '../../src/core/transform.ts';
import { smoothGaps } from '../../src/diffusion/base/smooth-gaps.ts';
import { CallBatch, cellFeatureCount, tokenIndex, writeCall } from '../../src/diffusion/call.ts';
import { gapMask } from '../../src/diffusion/masks.ts';
import { tasks } from '../../src/diffusion/task.ts';
import { defaultSampling, makeBatch, nullDraw, TrainingSampler, windowAt } from '../../src/diffusion/training-set.ts';
import { coupledSeries, fitted } from './fixtures.ts';

const seed = 91;
const classes = [
  { name: 'pump', series: ['a'] },
  { name: 'fan', series: ['fan-*'] },
];

describe('classes of series', () => {
  const fit = fitted([coupledSeries('a', 300, seed), coupledSeries('b', 300, seed + 1)], { classes });
  const { basis, shape, places, folds } = fit;
  const labelsOf = (batch: { readonly task: Float32Array }, k: number) => [
    ...batch.task.subarray(k * shape.tasks + tasks.length, (k + 1) * shape.tasks),
  ];

  it('stand behind the tasks as labels of a call', () => {
    assert.equal(shape.tasks, tasks.length + classes.length);
    const z = windowAt(places[0], shape.length, shape.channels);
    const generated = gapMask(createRng(seed), shape.length, shape.channels, null);
    const call = new CallBatch(shape, 3);
    [0, 1, -1].forEach((seriesClass, k) => {
      writeCall(call, k, basis, { z, generated, task: 'impute', startMs: 0, seriesClass }, { suffixRows: 0 });
    });
    assert.deepEqual(
      [labelsOf(call, 0), labelsOf(call, 1), labelsOf(call, 2)],
      [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
    );
  });

  it('come from the name of the series in training, and a series without one has none', () => {
    for (const place of [places[0], places.at(-1)]) {
      assert.ok(place);
      const batch = makeBatch(basis, shape, 1, createRng(seed), () =>
        nullDraw(basis, shape, place, 'forecast', () => new Uint8Array()),
      );
      assert.deepEqual(labelsOf(batch, 0), place === places[0] ? [1, 0] : [0, 0]);
    }
  });

  it('are hidden now and then', () => {
    const own = places.filter(({ segment }) => segment === places[0].segment);
    const batch = new TrainingSampler(basis, shape, own, folds, createRng(seed)).draw(400);
    const hidden = Array.from({ length: 400 }, (_, k) => labelsOf(batch, k)[0]).filter((v) => v === 0).length;
    assert.ok(hidden > 15 && hidden < 80, `${hidden}`);
  });
});

describe('a smoother as the base of gaps', () => {
  const fit = fitted([coupledSeries('a', 500, seed, { missing: 0.1 })], { gapBase: 'kalman' });
  const { basis, shape, places, folds } = fit;
  const { length, channels } = shape;
  const cells = length * channels;

  it('is chosen where it is clearly better than a line, and not where lines do as well', () => {
    assert.equal(fitted([coupledSeries('a', 500, seed)], { gapBase: 'auto' }).basis.gaps?.kind, 'kalman');
    assert.equal(fitted([coupledSeries('a', 500, seed)], { gapBase: 'interpolation' }).basis.gaps, null);
    // between two points of a random walk the line is all there is to know
    const rng = createRng(seed);
    const walk = { ...coupledSeries('a', 500, seed) };
    const level = [0, 0, 0];
    const steps = walk.values.map((_, i) => {
      level[i % 3] += rng.normal();
      return level[i % 3];
    });
    assert.equal(fitted([{ ...walk, values: steps }], { gapBase: 'auto' }).basis.gaps, null);
  });

  it('gives mean, spread and what every known cell looks like without itself', () => {
    assert.ok(basis.gaps);
    assert.equal(shape.cellFeatures, cellFeatureCount(true));
    const place = places[3];
    const z = windowAt(place, length, channels);
    const draw = nullDraw(basis, shape, place, 'impute', () => gapMask(createRng(seed), length, channels, null));
    const generated = draw.generated as Uint8Array;
    const startMs = place.segment.startMs + place.row * basis.stepMs;
    const call = new CallBatch(shape, 1);
    writeCall(call, 0, basis, { z, generated, task: 'impute', startMs }, { suffixRows: 0 });
    const out = { mean: new Float32Array(cells), std: new Float32Array(cells), leaveOneOut: new Float32Array(cells) };
    smoothGaps(
      basis.gaps,
      z,
      generated.map((g) => 1 - g),
      length,
      startMs,
      out,
    );
    const stride = shape.patch * shape.cellFeatures + shape.tokenFeatures;
    for (let i = 0; i < cells; i++) {
      const [t, d] = [Math.floor(i / channels), i % channels];
      const token = (Math.floor(t / shape.patch) * channels + d) * stride + (t % shape.patch) * shape.cellFeatures;
      const isKnown = generated[i] === 0;
      assert.equal(call.base[i], isKnown ? z[i] : out.mean[i]);
      assert.equal(call.spread[i], Math.max(Math.fround(0.01), out.std[i]));
      assert.equal(call.cells[token + 6], call.spread[i]);
      assert.equal(call.cells[token + 7], isKnown ? Math.min(10, Math.max(-10, out.leaveOneOut[i])) : 0);
    }
  });

  it('only the gaps stand on it: other tasks have the bases they had', () => {
    const plain = fitted([coupledSeries('a', 500, seed, { missing: 0.1 })], { gapBase: 'interpolation' });
    const batchOf = (own: typeof fit) =>
      makeBatch(own.basis, own.shape, 1, createRng(seed), () =>
        nullDraw(own.basis, own.shape, own.places[3], 'forecast', () => new Uint8Array()),
      );
    assert.deepEqual(batchOf(fit).target, batchOf(plain).target);
  });

  it('targets are residuals in units of its spread', () => {
    const place = places[3];
    const z = windowAt(place, length, channels);
    const mask = gapMask(createRng(seed), length, channels, null);
    const draw = nullDraw(basis, shape, place, 'impute', () => mask);
    const batch = makeBatch(basis, shape, 1, createRng(seed), () => draw);
    const { mean, std } = draw.smoothed ?? {};
    assert.ok(mean && std);
    let judged = 0;
    for (let i = 0; i < cells; i++) {
      const at = tokenIndex(shape, Math.floor(i / channels), i % channels);
      if (batch.weight[at] === 0) continue;
      judged++;
      const want = (z[i] - mean[i]) / (basis.residualScale.impute[i % channels] * std[i]);
      assert.ok(Math.abs(batch.target[at] - Math.min(30, Math.max(-30, want))) < 1e-4 * (1 + Math.abs(want)));
    }
    assert.ok(judged > 10);
  });

  it('smoothed windows are drawn again, with new noise, and the pool grows slowly', () => {
    const sampler = new TrainingSampler(basis, shape, places, folds, createRng(seed), {
      ...defaultSampling,
      shares: { impute: 1, forecast: 0, score: 0, cross: 0 },
      nullShare: 0,
      poolWindows: 4,
    });
    const batch = sampler.draw(40);
    assert.equal(sampler.poolSeeds.length, 4);
    const bases = new Set<string>();
    const noisy = new Set<string>();
    for (let k = 0; k < 40; k++) {
      bases.add(batch.target.subarray(k * cells, (k + 1) * cells).join());
      noisy.add(batch.zSigma.subarray(k * cells, (k + 1) * cells).join());
    }
    assert.ok(bases.size < 20, `${bases.size}`);
    assert.equal(noisy.size, 40);
  });
});

describe('channels bent before they are normalised', () => {
  it('priors, windows and so all bases live in the bent space', () => {
    const one = coupledSeries('a', 300, seed);
    const positive = { ...one, values: one.values.map((v, i) => (i % 3 === 0 ? v * v : v)) };
    const bent = fitted([positive], { transforms: ['sqrt', 'none', 'none'] });
    const plain = fitted([one]);
    assert.deepEqual(bent.basis.transforms, ['sqrt', 'none', 'none']);
    assert.ok(Math.abs(bent.basis.priors[0].mean - plain.basis.priors[0].mean) < 1e-9);
    const z = bent.segments[0].z[0];
    const { mean, variance } = bent.basis.priors[0];
    assert.ok(Math.abs(z - (bend('sqrt', positive.values[0]) - mean) / Math.sqrt(variance)) < 1e-5);
  });
});
