import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registry } from '../../src/components.ts';
import { checkPipeline, loadPipeline } from '../../src/config/load.ts';
import type { Codec } from '../../src/core/compression/codec.ts';
import { gzipCodec } from '../../src/core/compression/gzip.ts';
import { lz4Codec } from '../../src/core/compression/lz4.ts';
import { snappyCodec } from '../../src/core/compression/snappy.ts';
import { zstdCodec } from '../../src/core/compression/zstd.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/diffusion/safetensors.ts';
import { loadModelPackage } from '../../src/infer/model-package.ts';
import { saveTinyModel } from '../infer/model-fixture.ts';
import type { Target } from './target.ts';

const pipelines = new URL('../../pipelines/', import.meta.url).pathname;

/** A failure that a user can do something with: one of ours, that names the file or says what to do. */
function assertTold(error: unknown, code: string, place: string): asserts error is DriftcastError {
  assert.ok(error instanceof DriftcastError, `not ours: ${error instanceof Error ? error.stack : String(error)}`);
  assert.ok(error.code.startsWith(code), error.message);
  assert.ok(error.message.length > 0 && (error.hint !== undefined || error.message.includes(place)), error.message);
}

function configTarget(dir: string): Target {
  const file = path.join(dir, 'pipeline.yaml');
  const options = { registry, env: { HOME: '/x', INFLUX_PASSWORD: '123' } };
  return {
    name: 'config',
    samples: readdirSync(pipelines).map((name) => readFileSync(path.join(pipelines, name, 'pipeline.yaml'))),
    check(input) {
      writeFileSync(file, input);
      const checked = checkPipeline(file, options);
      if (checked.ok) return;
      assert.ok(checked.problems.length > 0);
      for (const { message, path: at, line } of checked.problems)
        assert.ok(message.length > 0 && (at !== '' || line !== null), `no place: ${message}`);
      try {
        loadPipeline(file, options);
        assert.fail('two answers for one file');
      } catch (error) {
        assertTold(error, 'CONFIG_', file);
      }
    },
  };
}

/** The manifest of a package whose weights are whole; a version that does not fit is made to fit, so that all of it is read. */
async function manifestTarget(dir: string): Promise<Target> {
  const file = path.join(dir, 'manifest.json');
  await saveTinyModel(dir);
  const load = async (): Promise<DriftcastError | null> => {
    try {
      await loadModelPackage(dir);
      return null;
    } catch (error) {
      assertTold(error, 'MODEL_INVALID', dir);
      return error;
    }
  };
  return {
    name: 'model manifest',
    samples: [readFileSync(file)],
    async check(input) {
      writeFileSync(file, input);
      const other = /\(([0-9a-f]{12}), expected ([0-9a-f]{12})\)$/.exec((await load())?.message ?? '');
      if (other === null) return;
      writeFileSync(file, input.toString('utf8').replaceAll(other[2] as string, other[1] as string));
      await load();
    },
  };
}

function weightsTarget(): Target {
  const tensors = new Map([
    ['network.a', { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['basis.b', { shape: [2], values: Float64Array.of(1, 2) }],
  ]);
  return {
    name: 'model weights',
    samples: [Buffer.from(encodeSafetensors(tensors)), Buffer.from(encodeSafetensors(tensors, { made: 'here' }))],
    check(input) {
      try {
        for (const { shape, values } of decodeSafetensors(input).values())
          assert.equal(
            values.length,
            shape.reduce((a, b) => a * b, 1),
          );
      } catch (error) {
        assertTold(error, 'MODEL_INVALID', 'weights');
      }
    },
  };
}

async function codecTarget(name: string, codec: Codec): Promise<Target> {
  const text = Buffer.from('{"device":"pump-1","a":1.5}\n'.repeat(40));
  return {
    name: `batch ${name}`,
    samples: [await codec.compress(text), await codec.compress(Buffer.alloc(3000, 'ab'))],
    async check(input) {
      try {
        assert.ok((await codec.decompress(input, 10_000)).length <= 10_000);
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error));
      }
    },
  };
}

/** Files and compressed batches. `close` takes the files away. */
export async function fileTargets(): Promise<{ readonly targets: readonly Target[]; close(): void }> {
  const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-fuzz-'));
  const codecs = { gzip: gzipCodec, snappy: snappyCodec, lz4: lz4Codec, zstd: zstdCodec };
  return {
    targets: [
      configTarget(dir),
      await manifestTarget(dir),
      weightsTarget(),
      ...(await Promise.all(Object.entries(codecs).map(([name, codec]) => codecTarget(name, codec)))),
    ],
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
