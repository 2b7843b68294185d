import assert from 'node:assert/strict';
import { createRng } from '../../../src/core/rng.ts';
import type { Model } from '../../../src/diffusion/model.ts';
import type { NetworkShape } from '../../../src/diffusion/network.ts';
import { conditionInputs, marginalProgram, pathProgram } from '../../../src/diffusion/program.ts';
import type { Engine } from '../../../src/infer/engines/engine.ts';
import { normals, randomBatch, randomWeights, relativeError, shapeOf } from '../fixtures.ts';
import { plain, plainOps } from '../plain-ops.ts';

/** Networks of every kind: one channel, few, many, and so many that channels are mixed through a bottleneck. */
export const parityShapes: readonly NetworkShape[] = [
  shapeOf({ channels: 1, length: 32, patch: 4, blocks: 2 }),
  shapeOf({ channels: 5, length: 16, patch: 1, width: 12 }),
  shapeOf({ channels: 38, length: 32, patch: 8, width: 16, blocks: 2 }),
  shapeOf({ channels: 260, length: 16, patch: 2 }),
];

/** Holds what an engine computes to the double-precision interpreter, one call a task. */
export async function checkParity(
  create: (model: Pick<Model, 'shape' | 'weights'>) => Promise<Engine>,
  shape: NetworkShape,
  seed: number,
): Promise<void> {
  const rng = createRng(seed);
  const weights = randomWeights(shape, rng);
  const batch = randomBatch(shape, shape.tasks, rng);
  const parameter = (name: string) => {
    const weight = weights.get(name);
    assert.ok(weight, name);
    return plain(weight.values, weight.shape);
  };
  const sized = (n: readonly number[]) => n.map((m) => (m === -1 ? batch.size : m));
  const inputs = conditionInputs(shape);
  const condition = {
    cells: plain(batch.cells, sized(inputs.cells)),
    time: plain(batch.time, sized(inputs.time)),
    task: plain(batch.task, sized(inputs.task)),
  };
  const law = marginalProgram(plainOps, shape, parameter, condition);
  const engine = await create({ shape, weights });
  try {
    const got = await engine.marginals(batch);
    assert.ok(
      relativeError(got.location, law.location.values) < 1e-4,
      `location: ${relativeError(got.location, law.location.values)}`,
    );
    assert.ok(
      relativeError(got.scale, law.scale.values) < 1e-4,
      `scale: ${relativeError(got.scale, law.scale.values)}`,
    );
    const steps = 3;
    const cells = shape.length * shape.channels;
    const logistic = normals(rng, batch.size * steps * cells);
    const normal = normals(rng, batch.size * (steps - 1) * cells);
    const cellShape = [shape.length / shape.patch, shape.channels, shape.patch];
    const draws = {
      logistic: plain(logistic, [batch.size, steps, ...cellShape]),
      normal: plain(normal, [batch.size, steps - 1, ...cellShape]),
    };
    const path = pathProgram(plainOps, shape, parameter, condition, draws, steps);
    const sampled = await engine.paths(batch, steps, logistic, normal);
    assert.ok(relativeError(sampled, path.values) < 1e-4, `path: ${relativeError(sampled, path.values)}`);
  } finally {
    await engine.dispose();
  }
}
