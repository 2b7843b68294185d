import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../src/core/rng.ts';
import { logit } from '../../../src/diffusion/logistic.ts';
import { rankTemplates, templatePaths } from '../../../src/diffusion/sampler/rank-templates.ts';

const seed = 11;
const column = (values: Float32Array, cells: number, cell: number) =>
  Array.from({ length: values.length / cells }, (_, k) => values[k * cells + cell]);

describe(`rankTemplates (seed ${seed})`, () => {
  it('by hand: three windows, two cells', () => {
    const residuals = Float32Array.from([0.2, -5, -1, 7, 3, 0]);
    const { levels, templates } = rankTemplates(residuals, 2, createRng(seed));
    assert.equal(templates, 3);
    const sixth = (n: number) => Math.fround(n / 6);
    assert.deepEqual(column(levels, 2, 0), [sixth(3), sixth(1), sixth(5)]);
    assert.deepEqual(column(levels, 2, 1), [sixth(1), sixth(5), sixth(3)]);
  });

  it('every cell has each level once, whatever is missing or equal; known residuals keep their order', () => {
    const residual = fc.oneof(fc.constant(Number.NaN), fc.integer({ min: -3, max: 3 }));
    const rows = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }))
      .chain(([templates, cells]) =>
        fc.tuple(
          fc.constant(cells),
          fc.array(residual, { minLength: templates * cells, maxLength: templates * cells }),
          fc.integer(),
        ),
      );
    fc.assert(
      fc.property(rows, ([cells, values, ownSeed]) => {
        const residuals = Float32Array.from(values);
        const { levels, templates } = rankTemplates(residuals, cells, createRng(ownSeed));
        for (let cell = 0; cell < cells; cell++) {
          const own = column(levels, cells, cell);
          const wanted = Array.from({ length: templates }, (_, k) => Math.fround((k + 0.5) / templates));
          assert.deepEqual(
            own.toSorted((a, b) => a - b),
            wanted,
          );
          const told = column(residuals, cells, cell);
          for (let i = 0; i < templates; i++)
            for (let j = 0; j < templates; j++) if (told[i] < told[j]) assert.ok(own[i] < own[j]);
        }
      }),
    );
  });

  it('what is not known is ranked at random: it takes no side', () => {
    const templates = 16;
    const draws = 400;
    let sum = 0;
    for (let k = 0; k < draws; k++) {
      const residuals = Float32Array.from({ length: templates }, (_, i) => (i === 0 ? Number.NaN : i));
      sum += rankTemplates(residuals, 1, createRng(k)).levels[0];
    }
    // mean of `draws` uniform levels: standard error 1 / sqrt(12 draws)
    assert.ok(Math.abs(sum / draws - 0.5) < 4 / Math.sqrt(12 * draws), `${sum / draws}`);
  });
});

describe(`templatePaths (seed ${seed})`, () => {
  const templates = 64;
  const cells = 30;
  const rng = createRng(seed);
  const residualsOf = (shared: number) => {
    const out = new Float32Array(templates * cells);
    for (let k = 0; k < templates; k++) {
      const common = rng.normal();
      for (let cell = 0; cell < cells; cell++)
        out[k * cells + cell] = shared * common + Math.sqrt(1 - shared ** 2) * rng.normal();
    }
    return out;
  };
  const law = {
    location: Float32Array.from({ length: cells }, (_, i) => i / 10),
    scale: Float32Array.from({ length: cells }, (_, i) => 0.5 + i / 20),
  };

  it('the marginal of every cell is its law, stratified', () => {
    const paths = templatePaths(rankTemplates(residualsOf(0.9), cells, createRng(1)), law);
    for (let cell = 0; cell < cells; cell++) {
      const levels = column(paths, cells, cell)
        .map((x) => 1 / (1 + Math.exp(-(x - law.location[cell]) / law.scale[cell])))
        .sort((a, b) => a - b);
      levels.forEach((level, k) => {
        assert.ok(Math.abs(level - (k + 0.5) / templates) < 1e-5);
      });
    }
  });

  it('a common mode of the templates widens the sum over cells; independent ones do not', () => {
    const varianceOfSum = (shared: number) => {
      const paths = templatePaths(rankTemplates(residualsOf(shared), cells, createRng(2)), law);
      const sums = Array.from({ length: templates }, (_, k) =>
        paths.subarray(k * cells, (k + 1) * cells).reduce((a, b) => a + b, 0),
      );
      const mean = sums.reduce((a, b) => a + b, 0) / templates;
      return sums.reduce((a, b) => a + (b - mean) ** 2, 0) / (templates - 1);
    };
    const logisticVariance = Math.PI ** 2 / 3;
    const independent = law.scale.reduce((sum, s) => sum + s * s * logisticVariance, 0);
    const together = law.scale.reduce((sum, s) => sum + s, 0) ** 2 * logisticVariance;
    // the variance of 64 draws has a relative standard error of about sqrt(2 / 63) = .18
    assert.ok(Math.abs(varianceOfSum(0) / independent - 1) < 4 * Math.sqrt(2 / 63));
    assert.ok(varianceOfSum(0.95) > 0.6 * together);
  });

  it('the path of one template is its levels through the laws', () => {
    const ranks = { templates: 1, cells: 2, levels: Float32Array.from([0.5, 0.25]) };
    const [first, second] = templatePaths(ranks, {
      location: Float32Array.from([3, 1]),
      scale: Float32Array.from([2, 4]),
    });
    assert.equal(first, 3);
    assert.equal(second, Math.fround(1 + 4 * logit(0.25)));
  });
});
