import type { Aggregate } from '../core/channel.ts';
import type { Model } from '../diffusion/model.ts';
import { nullSigma } from '../diffusion/precondition.ts';
import { gapsManifest } from './gap-tensors.ts';
import type { Manifest } from './manifest.ts';

/** What a model does not know of itself. */
export interface PackageAbout {
  readonly pipeline: string;
  /** Name and unit, [pipeline channel]. */
  readonly channels: readonly {
    readonly name: string;
    readonly unit: string;
    readonly kind: Manifest['channels'][number]['kind'];
    readonly aggregate?: Aggregate;
  }[];
  readonly trained: Manifest['trained'];
  readonly metrics: Manifest['metrics'];
}

/** The manifest that belongs to a model, but for its version. */
export function manifestOf(
  { basis, shape, calibration }: Pick<Model, 'basis' | 'shape' | 'calibration'>,
  { pipeline, channels, trained, metrics }: PackageAbout,
): Omit<Manifest, 'version'> {
  return {
    schema_version: 1,
    pipeline,
    channels: channels.map(({ name, unit, kind, aggregate }, c) => {
      const transform = basis.transforms[c] ?? 'none';
      return {
        name,
        unit,
        kind,
        ...(transform === 'none' ? {} : { transform }),
        ...(basis.ahead.includes(c) ? { known_ahead: true } : {}),
        ...(aggregate === 'rate' ? { rate: true } : {}),
      };
    }),
    active: [...basis.active],
    step_ms: basis.stepMs,
    length_steps: shape.length,
    horizon_steps: basis.horizon,
    periods_ms: [...basis.periodsMs],
    network: {
      width: shape.width,
      blocks: shape.blocks,
      patch_steps: shape.patch,
      cell_features: shape.cellFeatures,
      token_features: shape.tokenFeatures,
      time_features: shape.timeFeatures,
      tasks: shape.tasks,
    },
    ridge: {
      lags: basis.ridge.lags,
      cross_channel: basis.ridge.crossChannel,
      ...(basis.ridge.planned.length === 0 ? {} : { planned: [...basis.ridge.planned] }),
    },
    cross_groups: basis.cross.groups.map((group) => [...group]),
    ...(calibration.groupScores.length === 0
      ? {}
      : { score_groups: calibration.groupScores.map(({ name, channels: own }) => ({ name, channels: [...own] })) }),
    ...(basis.gaps === null ? {} : { gaps: gapsManifest(basis.gaps) }),
    ...(basis.classes.length === 0
      ? {}
      : { classes: basis.classes.map(({ name, series }) => ({ name, series: [...series] })) }),
    schedule: { parameterisation: 'edm', sigma_data: 1, null_sigma: nullSigma },
    series: [...basis.seriesPriors.keys()],
    trained,
    metrics,
  };
}
