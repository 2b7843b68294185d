import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { writeDurably } from '../core/write-durably.ts';
import { crossFeatureCount, crossLags } from '../diffusion/base/cross-ridge.ts';
import { ridgeFeatureCount } from '../diffusion/base/direct-ridge.ts';
import type { ChannelPrior, Model, ModelBasis, ModelCalibration, Weight } from '../diffusion/model.ts';
import { parameterSpecs } from '../diffusion/network.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../diffusion/safetensors.ts';
import { gapModelFrom, gapTensors } from './gap-tensors.ts';
import { type Manifest, manifestSchema, networkShapeOf, parseManifest } from './manifest.ts';
import { manifestOf, type PackageAbout } from './manifest-of.ts';
import { scoresFrom, scoreTensors } from './score-tensors.ts';

const manifestBytesMax = 4_194_304;
const weightsBytesMax = 256 * 1_048_576;

export type { Manifest } from './manifest.ts';

export interface ModelPackage {
  readonly manifest: Manifest;
  readonly model: Model;
}

const priorColumns = ['mean', 'variance', 'absMax', 'weight'] as const;

function priorsTensor(priors: readonly ChannelPrior[]): NamedTensor {
  return {
    shape: [priors.length, priorColumns.length],
    values: Float64Array.from(priors.flatMap((p) => priorColumns.map((k) => p[k]))),
  };
}

function readPriors(values: Float64Array, offset: number, channels: number): ChannelPrior[] {
  return Array.from({ length: channels }, (_, c) => {
    const at = offset + c * priorColumns.length;
    return {
      mean: values[at] as number,
      variance: values[at + 1] as number,
      absMax: values[at + 2] as number,
      weight: values[at + 3] as number,
    };
  });
}

/** Numbers of a model by name, as the weights file holds them. */
function tensorsOf(model: Omit<Model, 'version'>): Map<string, NamedTensor> {
  const { basis, calibration } = model;
  const active = basis.active.length;
  const channels = basis.priors.length;
  const vector = (values: Float32Array | Float64Array): NamedTensor => ({ shape: [values.length], values });
  const series = [...basis.seriesPriors.values()].flatMap((priors) => [...priorsTensor(priors).values]);
  return new Map<string, NamedTensor>([
    ...[...model.weights].map(([name, w]): [string, NamedTensor] => [`network.${name}`, w]),
    ...gapTensors(basis.gaps),
    ['basis.priors', priorsTensor(basis.priors)],
    [
      'basis.series_priors',
      { shape: [basis.seriesPriors.size, channels, priorColumns.length], values: Float64Array.from(series) },
    ],
    ['basis.residual_scale.impute', vector(basis.residualScale.impute)],
    ['basis.residual_scale.forecast', vector(basis.residualScale.forecast)],
    ['basis.residual_scale.score', vector(basis.residualScale.score)],
    ['basis.residual_scale.cross', vector(basis.residualScale.cross)],
    ['basis.cross', { shape: [active, crossFeatureCount(active)], values: basis.cross.coefficients }],
    [
      'basis.ridge.coefficients',
      { shape: [active, ridgeFeatureCount(basis.ridge), basis.horizon], values: basis.ridge.coefficients },
    ],
    ['basis.ridge.residual_std', { shape: [active, basis.horizon], values: basis.ridge.residualStd }],
    ['basis.autoregression', { shape: [3 * active + 1, active], values: basis.autoregression.coefficients }],
    ['calibration.spread.impute', vector(calibration.spread.impute)],
    ['calibration.spread.forecast', vector(calibration.spread.forecast)],
    ['calibration.residual_level.score', vector(calibration.residualLevel.score)],
    ['calibration.residual_level.cross', vector(calibration.residualLevel.cross)],
    ['calibration.slow_level', vector(calibration.slowLevel.map((v) => (Number.isNaN(v) ? -1 : v)))],
    ...scoreTensors(calibration),
    ...(calibration.rowsPerAlarm === null
      ? []
      : [['calibration.rows_per_alarm', vector(Float64Array.of(calibration.rowsPerAlarm))] as const]),
  ]);
}

/**
 * Names what a model computes: weights and every part of the manifest that the computation reads. When and how fast it was trained
 * does not count: the same data, seed and engine give the same version.
 */
function versionOf(weights: Uint8Array, manifest: Omit<Manifest, 'version'>): string {
  const {
    trained: _trained,
    metrics: _metrics,
    ...read
  } = manifestSchema.parse({ ...manifest, version: '0'.repeat(12) });
  return createHash('sha256').update(weights).update(JSON.stringify(read)).digest('hex').slice(0, 12);
}

/** Writes the package atomically file by file, weights first: a manifest that is there belongs to weights that are there. */
export async function saveModelPackage(
  dir: string,
  about: PackageAbout,
  model: Omit<Model, 'version'>,
): Promise<ModelPackage> {
  const weights = encodeSafetensors(tensorsOf(model));
  const manifest = manifestOf(model, about);
  const { schema_version, ...rest } = manifest;
  const version = versionOf(weights, manifest);
  const whole: Manifest = { schema_version, version, ...rest };
  try {
    await writeDurably(join(dir, 'weights.safetensors'), [weights]);
    await writeDurably(join(dir, 'manifest.json'), [`${JSON.stringify(whole, null, 2)}\n`]);
  } catch (cause) {
    throw new DriftcastError('SINK_FAILED', `writing the model package to ${dir}: ${messageOf(cause)}`, {
      cause,
      hint: 'Make room on the disk, or give another --out; `train --resume` goes on from the checkpoint.',
    });
  }
  return { manifest: whole, model: { ...model, version } };
}

/** Reads and checks a model package. Errors: MODEL_INVALID, with the file and what is wrong in it. */
export async function loadModelPackage(dir: string): Promise<ModelPackage> {
  const manifest = parseManifest(await readBounded(join(dir, 'manifest.json'), manifestBytesMax), dir);
  const weightsFile = join(dir, 'weights.safetensors');
  const bytes = await readBounded(weightsFile, weightsBytesMax);
  const version = versionOf(bytes, manifest);
  if (version !== manifest.version) {
    throw new DriftcastError(
      'MODEL_INVALID',
      `loading ${weightsFile}: it does not belong to manifest.json beside it, or one of the two is damaged (${version}, expected ${manifest.version})`,
      {
        hint: 'Copy both files of the package, or train again.',
      },
    );
  }
  return { manifest, model: modelFrom(manifest, decodeSafetensors(bytes), weightsFile) };
}

async function readBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) throw new Error(`${size} bytes, at most ${bytesMax} are read`);
    return await readFile(path);
  } catch (cause) {
    throw new DriftcastError('MODEL_INVALID', `reading ${path}: ${messageOf(cause)}`, {
      cause,
      hint: 'A model package is a folder made by `driftcast train ... --out DIR`.',
    });
  }
}

/** Tensors by name, each checked for its shape. */
interface Take {
  readonly single: (name: string, shape: readonly number[]) => Float32Array;
  readonly double: (name: string, shape: readonly number[]) => Float64Array;
}

function modelFrom(manifest: Manifest, tensors: ReadonlyMap<string, NamedTensor>, file: string): Model {
  const take = (name: string, shape: readonly number[]): Float32Array | Float64Array => {
    const found = tensors.get(name);
    if (found === undefined || found.shape.join() !== shape.join()) {
      throw new DriftcastError(
        'MODEL_INVALID',
        `loading ${file}: tensor ${name} is ${found ? `[${found.shape}]` : 'missing'}, expected [${shape}]`,
      );
    }
    if (!found.values.every(Number.isFinite))
      throw new DriftcastError('MODEL_INVALID', `loading ${file}: tensor ${name} has values that are not finite`);
    return found.values;
  };
  const by: Take = {
    single: (name, shape) => new Float32Array(take(name, shape)),
    double: (name, shape) => new Float64Array(take(name, shape)),
  };
  const shape = networkShapeOf(manifest);
  const weights = new Map<string, Weight>();
  for (const [name, spec] of parameterSpecs(shape))
    weights.set(name, { shape: spec.shape, values: by.single(`network.${name}`, spec.shape) });
  return {
    version: manifest.version,
    shape,
    weights,
    basis: basisFrom(manifest, shape.timeFeatures, by),
    calibration: {
      ...levelsFrom(manifest, by),
      ...scoresFrom(manifest.score_groups ?? [], tensors, by.double),
      rowsPerAlarm: tensors.get('calibration.rows_per_alarm')?.values[0] ?? null,
    },
  };
}

function basisFrom(manifest: Manifest, timeFeatures: number, { single, double }: Take): ModelBasis {
  const channels = manifest.channels.length;
  const active = manifest.active.length;
  const horizon = manifest.horizon_steps;
  const ridgeShape = {
    channels: active,
    lags: manifest.ridge.lags,
    crossChannel: manifest.ridge.cross_channel,
    timeFeatures,
    planned: manifest.ridge.planned ?? [],
    planRows: manifest.ridge.planned === undefined ? 0 : horizon,
  };
  const ahead = manifest.channels.flatMap(({ known_ahead }, c) => (known_ahead === true ? [c] : []));
  const seriesPriors = double('basis.series_priors', [manifest.series.length, channels, priorColumns.length]);
  return {
    priors: readPriors(double('basis.priors', [channels, priorColumns.length]), 0, channels),
    seriesPriors: new Map(
      manifest.series.map((name, i) => [name, readPriors(seriesPriors, i * channels * priorColumns.length, channels)]),
    ),
    active: manifest.active,
    gauges: manifest.channels.map(({ kind }) => kind === 'gauge'),
    transforms: manifest.channels.map(({ transform }) => transform ?? 'none'),
    classes: manifest.classes ?? [],
    measured: manifest.active.map((c) => manifest.channels[c]?.kind === 'gauge'),
    ahead,
    planned: ahead.map((c) => manifest.active.indexOf(c)).filter((d) => d >= 0),
    stepMs: manifest.step_ms,
    horizon,
    periodsMs: manifest.periods_ms,
    residualScale: {
      impute: single('basis.residual_scale.impute', [active]),
      forecast: single('basis.residual_scale.forecast', [active]),
      score: single('basis.residual_scale.score', [active]),
      cross: single('basis.residual_scale.cross', [active]),
    },
    ridge: {
      ...ridgeShape,
      horizon,
      coefficients: single('basis.ridge.coefficients', [active, ridgeFeatureCount(ridgeShape), horizon]),
      residualStd: single('basis.ridge.residual_std', [active, horizon]),
    },
    cross: {
      groups: manifest.cross_groups,
      lags: crossLags(active),
      coefficients: single('basis.cross', [active, crossFeatureCount(active)]),
    },
    autoregression: { channels: active, coefficients: single('basis.autoregression', [3 * active + 1, active]) },
    gaps: gapModelFrom(manifest.gaps, active, manifest.step_ms, single),
  };
}

function levelsFrom(
  manifest: Manifest,
  { single, double }: Take,
): Pick<ModelCalibration, 'spread' | 'residualLevel' | 'slowLevel'> {
  const channels = manifest.channels.length;
  const active = manifest.active.length;
  return {
    spread: {
      impute: single('calibration.spread.impute', [active]),
      forecast: single('calibration.spread.forecast', [active]),
    },
    residualLevel: {
      score: double('calibration.residual_level.score', [channels]),
      cross: double('calibration.residual_level.cross', [channels]),
    },
    slowLevel: double('calibration.slow_level', [channels]).map((v) => (v < 0 ? Number.NaN : v)), // no channel has a negative square
  };
}
