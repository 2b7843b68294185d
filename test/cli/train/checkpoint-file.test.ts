import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CheckpointFile } from '../../../src/cli/train/checkpoint-file.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import { createResumableRng, createRng } from '../../../src/core/rng.ts';
import { AdamW } from '../../../src/diffusion/adamw.ts';
import { initialiseWeights } from '../../../src/diffusion/initialise.ts';
import { shapeOf } from '../../diffusion/fixtures.ts';

const shape = shapeOf();
const optimiser = new AdamW(initialiseWeights(shape, createRng(1)), { weightDecay: 0, averageDecay: 0.9 }).state();
const state = {
  step: 5,
  schedule: { steps: 9, paced: true, coolDown: null },
  optimiser,
  rng: createResumableRng(1).state(),
  poolSeeds: [],
  best: { step: 0, score: 1, byTask: { impute: 1, forecast: 1, score: 1, cross: 1 }, weights: optimiser.average },
  stale: 0,
  elapsedMs: 10,
};
const identity = { data: 'a', config: 'b', engine: 'c' };
const code = (wanted: string) => (error: unknown) => error instanceof DriftcastError && error.code === wanted;

test('is there once written, alone in its folder, and gone once removed', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'driftcast-checkpoint-'));
  t.after(() => rm(dir, { recursive: true }));
  const file = new CheckpointFile(dir, identity);
  assert.equal(await file.exists(), false);
  await file.write(state);
  await file.write({ ...state, step: 6 });
  assert.deepEqual(await readdir(dir), ['checkpoint.safetensors']);
  assert.equal(await file.exists(), true);
  assert.deepEqual(await file.read(shape), { ...state, step: 6 });
  await assert.rejects(new CheckpointFile(dir, { ...identity, data: 'x' }).read(shape), code('STATE_INVALID'));
  await writeFile(file.path, 'half');
  await assert.rejects(file.read(shape), code('STATE_INVALID'));
  await file.remove();
  await file.remove();
  assert.deepEqual(await readdir(dir), []);
});

test('a folder that cannot be written to is said plainly', async () => {
  const nowhere = new CheckpointFile(path.join(fileURLToPath(import.meta.url), 'no-folder'), identity);
  await assert.rejects(nowhere.write(state), code('SINK_FAILED'));
  await assert.rejects(nowhere.read(shape), code('STATE_INVALID'));
});
