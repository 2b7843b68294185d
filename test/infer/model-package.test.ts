import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import { createRng } from '../../src/core/rng.ts';
import { fitFactorKalman } from '../../src/diffusion/base/factor-kalman-fit.ts';
import { cellFeatureCount } from '../../src/diffusion/call.ts';
import { initialiseWeights } from '../../src/diffusion/initialise.ts';
import { loadModelPackage, type Manifest, saveModelPackage } from '../../src/infer/model-package.ts';
import { fitted, modelOf } from '../diffusion/fixtures.ts';
import { scheduled, scheduledBasis, scheduledSeries } from '../diffusion/scheduled-plant.ts';
import { saveTinyModel, withFolder } from './model-fixture.ts';

const refused = (dir: string, ...what: readonly RegExp[]) =>
  assert.rejects(loadModelPackage(dir), (error: unknown) => {
    assert.ok(error instanceof DriftcastError, String(error));
    assert.equal(error.code, 'MODEL_INVALID', error.message);
    for (const part of what) assert.match(error.message, part);
    return true;
  });

async function change(dir: string, edit: (manifest: Manifest & Record<string, unknown>) => void): Promise<void> {
  const file = join(dir, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  edit(manifest);
  await writeFile(file, JSON.stringify(manifest));
}

describe('model package', () => {
  it('comes back as it was saved, bit for bit', () =>
    withFolder(async (dir) => {
      const saved = await saveTinyModel(dir);
      const loaded = await loadModelPackage(dir);
      assert.deepEqual(loaded.manifest, saved.manifest);
      assert.deepEqual(loaded.model, saved.model);
      assert.deepEqual((await readdir(dir)).sort(), ['manifest.json', 'weights.safetensors']);
    }));

  it('comes back with its smoother, its classes of series and its transforms', () =>
    withFolder(async (dir) => {
      const changes = {
        gapBase: 'kalman',
        classes: [{ name: 'pumps', series: ['plant', 'p-*'] }],
        transforms: ['none', 'none', 'sqrt', 'log1p'],
      };
      const saved = await saveTinyModel(dir, 1, changes);
      const loaded = await loadModelPackage(dir);
      assert.equal(loaded.manifest.gaps?.kind, 'kalman');
      assert.deepEqual(loaded.manifest.classes, changes.classes);
      assert.deepEqual(loaded.model.basis.transforms, changes.transforms);
      assert.deepEqual(loaded.model, saved.model);
      await change(dir, (manifest) => {
        delete manifest.gaps;
      });
      await refused(dir, /network: the inputs are those of another version/);
    }));

  it('comes back with the groups that are scored by themselves', () =>
    withFolder(async (dir) => {
      const tiny = await saveTinyModel(dir);
      const { version: _version, ...model } = tiny.model;
      const groupScores = [
        { name: 'left', channels: [0, 1], referenceScores: Float64Array.of(1, 2) },
        { name: 'rest', channels: [2], referenceScores: new Float64Array(0) },
      ];
      const { pipeline, channels, trained, metrics } = tiny.manifest;
      const about = { pipeline, channels, trained, metrics };
      const saved = await saveModelPackage(dir, about, {
        ...model,
        calibration: { ...model.calibration, groupScores },
      });
      assert.deepEqual((await loadModelPackage(dir)).model.calibration.groupScores, groupScores);
      assert.notEqual(saved.model.version, tiny.model.version);
      await change(dir, (manifest) => {
        manifest.score_groups = [{ name: 'left', channels: [99] }];
      });
      await refused(dir, /score_groups: expected indices below 4/);
    }));

  it('comes back with what the references remember at the start, in groups too; without any of these, too', () =>
    withFolder(async (dir) => {
      const tiny = await saveTinyModel(dir);
      assert.equal((await loadModelPackage(dir)).model.calibration.references, null);
      const { version: _version, ...model } = tiny.model;
      const { pipeline, channels, trained, metrics } = tiny.manifest;
      const groups = [
        { name: 'left', channels: [0, 1] },
        { name: 'rest', channels: [2] },
      ];
      const scoresFrom = (first: number) => ({
        referenceScores: Float64Array.of(first, first + 1),
        groupScores: groups.map((group, g) => ({ ...group, referenceScores: Float64Array.of(first + 2 + g) })),
      });
      const references = { ridge_var: scoresFrom(10), z_score: scoresFrom(20) };
      const calibration = { ...model.calibration, ...scoresFrom(0), references };
      await saveModelPackage(dir, { pipeline, channels, trained, metrics }, { ...model, calibration });
      assert.deepEqual((await loadModelPackage(dir)).model.calibration, calibration);
    }));

  it('comes back with the channels that are known ahead, and a ridge that reads them', () =>
    withFolder(async (dir) => {
      const fit = fitted([scheduledSeries('oven', 400, 1)], scheduledBasis);
      const { version: _version, ...model } = modelOf(fit);
      const { manifest } = await saveTinyModel(dir);
      const channels = ['temperature', 'heating', 'target'].map((name, c) => ({
        name,
        unit: '',
        kind: c === scheduled.target ? ('command' as const) : ('gauge' as const),
      }));
      const { trained, metrics } = manifest;
      const saved = await saveModelPackage(dir, { pipeline: 'oven', channels, trained, metrics }, model);
      const loaded = await loadModelPackage(dir);
      assert.deepEqual(
        loaded.manifest.channels.map(({ known_ahead }) => known_ahead),
        [undefined, undefined, true],
      );
      assert.deepEqual([loaded.model.basis.ahead, loaded.model.basis.planned], [[2], [2]]);
      assert.deepEqual(loaded.model.basis.ridge, fit.basis.ridge);
      assert.equal(loaded.model.version, saved.model.version);
    }));

  it('comes back with the smoother of a wide feed', () =>
    withFolder(async (dir) => {
      const tiny = await saveTinyModel(dir);
      const basis = tiny.model.basis;
      const segments = [{ z: new Float32Array(300).map((_, i) => Math.sin(i)), rows: 100, startMs: 0 }];
      const gaps = fitFactorKalman(segments, 3, { stepMs: basis.stepMs, rank: 2 });
      const shape = { ...tiny.model.shape, cellFeatures: cellFeatureCount(true) };
      const weights = initialiseWeights(shape, createRng(1));
      await saveModelPackage(dir, tiny.manifest, { ...tiny.model, shape, weights, basis: { ...basis, gaps } });
      assert.deepEqual((await loadModelPackage(dir)).model.basis.gaps, gaps);
    }));

  it('has a version of what it computes: the same model, the same version, whenever and wherever it was trained', () =>
    withFolder(async (dir) => {
      const first = await saveTinyModel(join(dir, 'a'));
      const { version: _v, schema_version: _s, ...manifest } = first.manifest;
      const later = await saveModelPackage(
        join(dir, 'b'),
        { ...manifest, trained: { ...manifest.trained, seconds: 99, engine: 'tensorflow' } },
        first.model,
      );
      assert.equal(later.manifest.version, first.manifest.version);
      const other = await saveTinyModel(join(dir, 'c'), 2);
      assert.notEqual(other.manifest.version, first.manifest.version);
      assert.match(first.manifest.version, /^[0-9a-f]{12}$/);
    }));

  it('can be saved over another one', () =>
    withFolder(async (dir) => {
      await saveTinyModel(dir, 1);
      const second = await saveTinyModel(dir, 2);
      assert.deepEqual(await loadModelPackage(dir), second);
    }));

  it('is refused where a file is missing, with its name', () =>
    withFolder(async (dir) => {
      await refused(dir, /manifest\.json/, /ENOENT/);
      await saveTinyModel(dir);
      await rm(join(dir, 'weights.safetensors'));
      await refused(dir, /weights\.safetensors/, /ENOENT/);
    }));

  it('is refused where the weights are damaged anywhere, with the name of the file', () =>
    withFolder(async (dir) => {
      await saveTinyModel(dir);
      const file = join(dir, 'weights.safetensors');
      const whole = await readFile(file);
      for (const at of [0, 9, 200, whole.length >> 1, whole.length - 1]) {
        const damaged = Buffer.from(whole);
        damaged[at] ^= 1;
        await writeFile(file, damaged);
        await refused(dir, /weights\.safetensors/);
      }
      await writeFile(file, whole.subarray(0, whole.length - 4));
      await refused(dir, /weights\.safetensors/);
      await writeFile(file, '');
      await refused(dir, /weights\.safetensors/);
      await writeFile(file, whole);
      await loadModelPackage(dir);
    }));

  it('is refused where the weights are those of another model', () =>
    withFolder(async (dir) => {
      await saveTinyModel(join(dir, 'a'), 1);
      await saveTinyModel(join(dir, 'b'), 2);
      await copyFile(join(dir, 'b', 'weights.safetensors'), join(dir, 'a', 'weights.safetensors'));
      await refused(join(dir, 'a'), /weights\.safetensors/, /manifest/);
    }));

  it('is refused where the manifest is no manifest, with the name of the file and the key', () =>
    withFolder(async (dir) => {
      await saveTinyModel(dir);
      const file = join(dir, 'manifest.json');
      const whole = await readFile(file, 'utf8');
      for (const [text, what] of [
        ['', /JSON/],
        ['{"schema_version":1', /JSON/],
        ['[]', /expected object/],
        ['null', /expected object/],
        [whole.replace('"schema_version": 1', '"schema_version": 2'), /schema_version/],
        [whole.replace(/"step_ms": \d+/, '"step_ms": -5'), /step_ms/],
        [whole.replace(/"blocks": \d+/, '"blocks": 1000000000'), /network\.blocks/],
      ] as const) {
        await writeFile(file, text);
        await refused(dir, /manifest\.json/, what);
      }
    }));

  it('is refused where the manifest was changed under the weights, though every key is valid', () =>
    withFolder(async (dir) => {
      const edits: readonly ((m: Manifest) => void)[] = [
        (m) => {
          m.channels[0].name = 'other';
        },
        (m) => {
          m.channels[0].kind = 'flag';
        },
        (m) => {
          m.step_ms = 1;
        },
        (m) => {
          m.active = [1, 2, 3];
        },
        (m) => {
          m.periods_ms = m.periods_ms.map((p) => 2 * p);
        },
        (m) => {
          m.series[0] = 'other';
        },
      ];
      for (const edit of edits) {
        await saveTinyModel(dir);
        await change(dir, edit);
        await refused(dir, new RegExp(dir.replaceAll('/', '.')));
      }
    }));

  it('is refused where the manifest contradicts itself', () =>
    withFolder(async (dir) => {
      const edits: readonly (readonly [RegExp, (m: Manifest) => void])[] = [
        [
          /active/,
          (m) => {
            m.active = [0, 1, 9];
          },
        ],
        [
          /active/,
          (m) => {
            m.active = [1, 0, 2];
          },
        ],
        [
          /patch_steps/,
          (m) => {
            m.length_steps = 18;
          },
        ],
        [
          /horizon_steps/,
          (m) => {
            m.horizon_steps = 16;
          },
        ],
        [
          /ridge\.lags/,
          (m) => {
            m.ridge.lags = 40;
          },
        ],
        [
          /ridge\.planned/,
          (m) => {
            m.ridge.planned = [1];
          },
        ],
        [
          /another version/,
          (m) => {
            m.network.cell_features = 6;
          },
        ],
        [
          /another version/,
          (m) => {
            m.network.tasks = 2;
          },
        ],
        [
          /time_features/,
          (m) => {
            m.network.time_features = 8;
          },
        ],
        [
          /cross_groups/,
          (m) => {
            m.cross_groups = [[0], [7]];
          },
        ],
      ];
      for (const [what, edit] of edits) {
        await saveTinyModel(dir);
        await change(dir, edit);
        await refused(dir, /manifest\.json/, what);
      }
    }));

  it('is refused where a number is not finite', () =>
    withFolder(async (dir) => {
      const { model, manifest } = await saveTinyModel(dir);
      const { version: _v, schema_version: _s, ...rest } = manifest;
      model.weights.get('head.bias')?.values.fill(Number.NaN, 0, 1);
      await saveModelPackage(dir, rest, model);
      await refused(dir, /weights\.safetensors/, /network\.head\.bias/, /not finite/);
    }));
});
