import assert from 'node:assert/strict';
import { createRng, type Rng } from '../../../src/core/rng.ts';
import type { CallBatch, CallTensors } from '../../../src/diffusion/call.ts';
import { channelMask, gapMask, suffixMask } from '../../../src/diffusion/masks.ts';
import type { Model } from '../../../src/diffusion/model.ts';
import type { NetworkShape } from '../../../src/diffusion/network.ts';
import {
  conditionInputs,
  labelProgram,
  marginalProgram,
  pathInputs,
  pathProgram,
} from '../../../src/diffusion/program.ts';
import { samplerMethods } from '../../../src/diffusion/sampler/method.ts';
import { tasks } from '../../../src/diffusion/task.ts';
import type { Engine } from '../../../src/infer/engines/engine.ts';
import { labelRuns } from '../../../src/infer/engines/label-runs.ts';
import { randomBatch, randomDraws, randomWeights, relativeError, shapeOf } from '../fixtures.ts';
import { type Plain, plain, plainOps } from '../plain-ops.ts';

/** Networks of every kind: one channel, few, many, and so many that channels are mixed through a bottleneck. */
export const parityShapes: readonly NetworkShape[] = [
  shapeOf({ channels: 1, length: 32, patch: 4, blocks: 2 }),
  shapeOf({ channels: 5, length: 16, patch: 1, width: 12 }),
  shapeOf({ channels: 38, length: 32, patch: 8, width: 16, blocks: 2 }),
  shapeOf({ channels: 260, length: 16, patch: 2 }),
];

/** Steps of every sampler: the last of first order, one of second between, and one from the null level. */
const steps = 3;
/** Paths of a call. */
const samples = 2;

/** A mask as each task has it: gaps, a suffix, the newest rows of some channels, channels over the whole window. */
function masksOf(n: NetworkShape, rng: Rng): Record<(typeof tasks)[number], Uint8Array> {
  const some = Array.from({ length: n.channels }, (_, d) => d).filter((d) => d % 2 === 0);
  return {
    impute: gapMask(rng, n.length, n.channels, null),
    forecast: suffixMask(n.length, n.channels, n.length / 2),
    score: suffixMask(
      n.length,
      n.channels,
      4,
      Array.from({ length: n.channels }, (_, d) => d % 2 === 0),
    ),
    cross: channelMask(n.length, n.channels, some),
  };
}

/** One call a task with the mask of its kind, and one with everything to generate. */
function parityBatch(shape: NetworkShape, rng: Rng): CallBatch {
  const batch = randomBatch(shape, tasks.length + 1, rng);
  const masks = masksOf(shape, rng);
  const { channels, patch, cellFeatures, tokenFeatures } = shape;
  const stride = patch * cellFeatures + tokenFeatures;
  const perCall = batch.cells.length / batch.size;
  for (let k = 0; k < batch.size; k++) {
    const mask = masks[tasks[k % tasks.length]];
    for (let t = 0; t < shape.length; t++) {
      for (let d = 0; d < channels; d++) {
        const at = k * perCall + (Math.floor(t / patch) * channels + d) * stride + (t % patch) * cellFeatures;
        batch.cells[at] = k < tasks.length ? mask[t * channels + d] : 1;
      }
    }
  }
  return batch;
}

interface Case {
  readonly model: Pick<Model, 'shape' | 'weights'>;
  readonly batch: CallBatch;
  readonly location: Float64Array;
  readonly scale: Float64Array;
  readonly paths: readonly {
    readonly sampler: { readonly method: (typeof samplerMethods)[number]; readonly steps: number };
    readonly draws: ReturnType<typeof randomDraws>;
    readonly path: Float64Array;
  }[];
}

const sized = (values: ArrayLike<number>, shape: readonly number[], batch: number): Plain =>
  plain(
    values,
    shape.map((n) => (n === -1 ? batch : n)),
  );

function conditionOf(shape: NetworkShape, { size, cells, time, task }: CallTensors) {
  const inputs = conditionInputs(shape);
  return {
    cells: sized(cells, inputs.cells, size),
    time: sized(time, inputs.time, size),
    task: sized(task, inputs.task, size),
  };
}

const cases = new Map<string, Case>();

/** What the double-precision interpreter computes, row by row and path by path; once a process. */
function caseOf(shape: NetworkShape, seed: number): Case {
  const key = `${seed} ${JSON.stringify(shape)}`;
  const known = cases.get(key);
  if (known !== undefined) return known;
  const rng = createRng(seed);
  const weights = randomWeights(shape, rng);
  const batch = parityBatch(shape, rng);
  const parameter = (name: string) => {
    const weight = weights.get(name);
    assert.ok(weight, name);
    return plain(weight.values, weight.shape);
  };
  const rows = labelRuns(batch, 1).map(({ tensors }) => conditionOf(shape, tensors));
  const laws = rows.map((condition) =>
    marginalProgram(plainOps, shape, parameter, condition, labelProgram(plainOps, shape, parameter, condition.task)),
  );
  const joined = (parts: readonly Plain[]) => Float64Array.from(parts.flatMap(({ values }) => [...values]));
  const paths = samplerMethods.map((method) => {
    const sampler = { method, steps };
    const draws = randomDraws(sampler, batch.size * samples, shape.length * shape.channels, rng);
    const ofPath = (condition: (typeof rows)[number], k: number) => {
      const random = Object.entries(pathInputs(shape, sampler, 1)).map(([name, n]) => {
        const values = draws[name as keyof typeof draws];
        const width = values.length / batch.size / samples;
        return [name, sized(values.subarray(k * width, (k + 1) * width), n, 1)];
      });
      return pathProgram(plainOps, shape, parameter, condition, Object.fromEntries(random), sampler);
    };
    const path = rows.flatMap((condition, k) => [0, 1].map((s) => ofPath(condition, k * samples + s)));
    return { sampler, draws, path: joined(path) };
  });
  const [location, scale] = [joined(laws.map((law) => law.location)), joined(laws.map((law) => law.scale))];
  const made = { model: { shape, weights }, batch, location, scale, paths };
  cases.set(key, made);
  return made;
}

/** Holds what an engine computes to the double-precision interpreter: every task and mask, every sampler. */
export async function checkParity(
  create: (model: Pick<Model, 'shape' | 'weights'>) => Promise<Engine>,
  shape: NetworkShape,
  seed: number,
  tolerance = 1e-4,
): Promise<void> {
  const { model, batch, location, scale, paths } = caseOf(shape, seed);
  const check = (what: string, got: Float32Array, want: Float64Array) =>
    assert.ok(relativeError(got, want) < tolerance, `${what}: ${relativeError(got, want)}`);
  const engine = await create(model);
  try {
    const law = await engine.marginals(batch);
    check('location', law.location, location);
    check('scale', law.scale, scale);
    for (const { sampler, draws, path } of paths)
      check(sampler.method, await engine.paths(batch, sampler, draws, samples), path);
  } finally {
    await engine.dispose();
  }
}
