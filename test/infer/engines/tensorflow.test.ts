import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { systemClock } from '../../../src/core/clock.ts';
import { createRng } from '../../../src/core/rng.ts';
import { silentTelemetry } from '../../../src/core/telemetry.ts';
import { samplerMethods } from '../../../src/diffusion/sampler/method.ts';
import { onnxEngine } from '../../../src/infer/engines/onnx.ts';
import { tensorflowEngine } from '../../../src/infer/engines/tensorflow.ts';
import { TfjsEngine } from '../../../src/infer/engines/tfjs-engine.ts';
import { inferWindows } from '../../../src/infer/plan.ts';
import { WorkerPool } from '../../../src/infer/pool.ts';
import { randomBatch, randomDraws, randomWeights, relativeError, shapeOf } from '../../diffusion/fixtures.ts';
import { checkParity, parityShapes } from '../../diffusion/ops/parity.ts';
import { saveTinyModel, tinyOptions, tinyWindows } from '../model-fixture.ts';

const seed = 23;
const probe = await tensorflowEngine.probe();
const skip = probe.usable ? false : `skipped: ${probe.detail} (npm run native-tf)`;

describe(`tensorflow engine (seed ${seed})`, { skip }, () => {
  it('says what it computes on', () => assert.match(probe.detail, /libtensorflow 2\.\d+.* on the (CPU|GPU)/));

  for (const shape of parityShapes) {
    it(`computes what is written, ${shape.channels} channels, ${shape.length} rows, patch ${shape.patch}`, () =>
      checkParity(async (model) => new TfjsEngine('tensorflow', 'cpu', model), shape, seed));
  }

  it('leaves no tensor behind', async () => {
    const shape = shapeOf();
    const rng = createRng(seed);
    const before = tf.memory().numTensors;
    const engine = new TfjsEngine('tensorflow', 'cpu', { shape, weights: randomWeights(shape, rng) });
    const batch = randomBatch(shape, 2, rng);
    await engine.marginals(batch);
    for (const method of samplerMethods) {
      const sampler = { method, steps: 2 };
      await engine.paths(batch, sampler, randomDraws(sampler, 4, 48, rng), 2);
    }
    await engine.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('in a child process gives what ONNX Runtime gives', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'driftcast-tf-'));
    const { model } = await saveTinyModel(dir);
    const windows = tinyWindows(4);
    const onnx = await onnxEngine.create(model);
    const want = await inferWindows(onnx, model, tinyOptions(), windows);
    await onnx.dispose();
    const pool = new WorkerPool({
      workers: 1,
      isolation: 'process',
      load: { kind: 'load', modelDir: dir, engine: 'tensorflow', options: tinyOptions() },
      attemptsMax: 2,
      timeoutMs: 60_000,
      clock: systemClock,
      telemetry: silentTelemetry,
    });
    try {
      await pool.start();
      assert.equal(pool.engine?.name, 'tensorflow');
      const got = await pool.infer(windows);
      want.forEach((result, k) => {
        const finite = (values: Float64Array | undefined) => [...(values ?? [])].filter((v) => !Number.isNaN(v));
        for (const [a, b] of [
          [got[k]?.imputed?.quantiles, result.imputed?.quantiles],
          [got[k]?.forecast?.quantiles, result.forecast?.quantiles],
          [got[k]?.residual?.squared, result.residual?.squared],
        ]) {
          assert.ok(relativeError(finite(a), finite(b)) < 1e-4);
        }
      });
    } finally {
      await pool.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});
