import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { OnnxBuilder } from '../../src/diffusion/ops/onnx.ts';
import { nullSigma, precondition } from '../../src/diffusion/precondition.ts';
import {
  conditionInputs,
  constantNoise,
  labelProgram,
  marginalProgram,
  networkDenoiser,
  pathInputs,
  pathProgram,
} from '../../src/diffusion/program.ts';
import { noiseSamplers, type SamplerMethod } from '../../src/diffusion/sampler/method.ts';
import { normals, randomBatch, randomWeights, shapeOf } from './fixtures.ts';
import { plain, plainOps } from './plain-ops.ts';

const seed = 6;
const shape = shapeOf({ patch: 2, length: 8 });
const tokens = shape.length / shape.patch;
const size = 2;
const steps = 4;
const cellShape = [tokens, shape.channels, shape.patch];
const perCall = shape.length * shape.channels;

function setUp() {
  const rng = createRng(seed);
  const weights = randomWeights(shape, rng);
  const batch = randomBatch(shape, size, rng);
  const parameter = (name: string) => {
    const weight = weights.get(name) ?? assert.fail(name);
    return plain(weight.values, weight.shape);
  };
  const inputs = {
    cells: plain(batch.cells, [size, tokens, shape.channels, shape.patch * shape.cellFeatures + shape.tokenFeatures]),
    time: plain(batch.time, [size, tokens, shape.timeFeatures]),
    task: plain(batch.task.subarray(0, shape.tasks), [1, shape.tasks]),
  };
  const generated = (k: number, t: number, d: number) =>
    batch.cells[
      ((k * tokens + Math.floor(t / shape.patch)) * shape.channels + d) *
        (shape.patch * shape.cellFeatures + shape.tokenFeatures) +
        (t % shape.patch) * shape.cellFeatures
    ];
  const logistic = normals(rng, size * steps * perCall);
  const normal = normals(rng, size * (steps - 1) * perCall);
  const run = (l = logistic, n = normal) =>
    pathProgram(
      plainOps,
      shape,
      parameter,
      inputs,
      { logistic: plain(l, [size, steps, ...cellShape]), normal: plain(n, [size, steps - 1, ...cellShape]) },
      { method: 'distributional', steps },
    ).values;
  return { rng, parameter, inputs, generated, logistic, normal, run };
}

describe(`programs (seed ${seed})`, () => {
  it('name their inputs with shapes that fit a batch', () => {
    assert.deepEqual(conditionInputs(shape), { cells: [-1, 4, 3, 16], time: [-1, 4, 2], task: [1, 4] });
    const of = (method: SamplerMethod, n: number, samples = 1) => pathInputs(shape, { method, steps: n }, samples);
    assert.deepEqual(of('distributional', 4), { logistic: [-1, 4, 4, 3, 2], normal: [-1, 3, 4, 3, 2] });
    assert.deepEqual(of('distributional', 1), { logistic: [-1, 1, 4, 3, 2] });
    assert.deepEqual(of('ddpm', 4), { normal: [-1, 4, 4, 3, 2] });
    assert.deepEqual(of('heun', 4), { normal: [-1, 1, 4, 3, 2] });
    assert.deepEqual(of('ddpm', 4, 5), { normal: [-1, 20, 4, 3, 2] });
  });

  it('constantNoise is the preconditioning of its level', () => {
    const noise = constantNoise(plainOps, nullSigma);
    const { cIn, cSkip, cOut } = precondition(nullSigma);
    for (const [got, want] of [
      [noise.cIn, cIn],
      [noise.cSkip, cSkip],
      [noise.cOut, cOut],
    ] as const) {
      assert.deepEqual(got.shape, [1, 1, 1, 1]);
      assert.ok(Math.abs(got.values[0] - want) < 1e-7);
    }
  });

  it('a path of one step is a draw from the marginal law', () => {
    const { parameter, inputs, logistic } = setUp();
    const draws = {
      logistic: plain(logistic.subarray(0, size * perCall), [size, 1, ...cellShape]),
    };
    const path = pathProgram(plainOps, shape, parameter, inputs, draws, { method: 'distributional', steps: 1 });
    const modulation = labelProgram(plainOps, shape, parameter, inputs.task);
    const law = marginalProgram(plainOps, shape, parameter, inputs, modulation);
    path.values.forEach((z, i) =>
      assert.ok(Math.abs(z - (law.location.values[i] + law.scale.values[i] * logistic[i])) < 1e-12),
    );
  });

  it('a path hears no draw of a known cell: there is nothing to draw, and training never shows noise there', () => {
    const { rng, generated, logistic, normal, run } = setUp();
    const before = run();
    const touched = (draws: Float32Array, perStep: number) =>
      draws.map((v, i) => {
        const call = Math.floor(i / (perStep * perCall));
        const cell = i % perCall;
        const [token, d, p] = [
          Math.floor(cell / (shape.channels * shape.patch)),
          Math.floor(cell / shape.patch) % shape.channels,
          cell % shape.patch,
        ];
        return generated(call, token * shape.patch + p, d) === 1 ? v : rng.normal();
      });
    const after = run(touched(logistic, steps), touched(normal, steps - 1));
    let seen = 0;
    for (let k = 0; k < size; k++) {
      for (let t = 0; t < shape.length; t++) {
        for (let d = 0; d < shape.channels; d++) {
          if (generated(k, t, d) === 0) continue;
          const i = k * perCall + (Math.floor(t / shape.patch) * shape.channels + d) * shape.patch + (t % shape.patch);
          assert.equal(after[i], before[i]);
          seen++;
        }
      }
    }
    assert.ok(seen > 5);
    assert.notDeepEqual(run(logistic.map((v) => v + 1)), before);
  });

  for (const method of Object.keys(noiseSamplers) as (keyof typeof noiseSamplers)[]) {
    it(`a path by ${method} starts from noise on generated cells and leaves known cells at 0`, () => {
      const { rng, parameter, inputs, generated } = setUp();
      const sampler = { method, steps };
      const count = pathInputs(shape, sampler, 1).normal?.[1] ?? 0;
      const normal = normals(rng, size * count * perCall);
      const path = pathProgram(
        plainOps,
        shape,
        parameter,
        inputs,
        { normal: plain(normal, [size, count, ...cellShape]) },
        sampler,
      ).values;
      let free = 0;
      path.forEach((v, i) => {
        const cell = i % perCall;
        const token = Math.floor(cell / (shape.channels * shape.patch));
        const row = token * shape.patch + (cell % shape.patch);
        const known = generated(Math.floor(i / perCall), row, Math.floor(cell / shape.patch) % shape.channels) === 0;
        assert.ok(Number.isFinite(v) && (known ? v === 0 : v !== 0));
        if (!known) free++;
      });
      assert.ok(free > 5);
    });
  }

  it('the denoiser of a condition hears nothing of z at the null level, and nothing of known cells anywhere', () => {
    const { rng, parameter, inputs } = setUp();
    const { denoise, law, generated } = networkDenoiser(plainOps, shape, parameter, inputs);
    const z = () => plain(normals(rng, size * perCall), [size, ...cellShape]);
    assert.deepEqual(denoise(z(), nullSigma), denoise(z(), 2 * nullSigma));
    assert.deepEqual(law(null, 1), law(z(), nullSigma));
    const one = z();
    const other = z();
    const mixed = plain(
      one.values.map((v, i) => (generated.values[i] === 1 ? v : other.values[i])),
      one.shape,
    );
    assert.deepEqual(denoise(one, 1), denoise(mixed, 1));
    assert.notDeepEqual(denoise(one, 1), denoise(other, 1));
  });

  it('as an ONNX graph has outputs of the shapes that the program promises', () => {
    const builder = new OnnxBuilder();
    const inputs = Object.fromEntries(
      Object.entries(conditionInputs(shape)).map(([name, s]) => [name, builder.input(name, s)]),
    ) as Record<'cells' | 'time' | 'task', { name: string; shape: readonly number[] }>;
    const weights = randomWeights(shape, createRng(seed));
    const parameter = (name: string) =>
      builder.weight(name, weights.get(name)?.values ?? assert.fail(name), weights.get(name)?.shape ?? []);
    const law = marginalProgram(
      builder,
      shape,
      parameter,
      inputs,
      labelProgram(builder, shape, parameter, inputs.task),
    );
    assert.deepEqual(law.location.shape, [-1, ...cellShape]);
    assert.deepEqual(law.scale.shape, [-1, ...cellShape]);
  });
});
