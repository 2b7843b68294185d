import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { DriftcastError } from '../../core/errors.ts';
import { knownAheadOf } from '../../core/plan-reading.ts';
import { createRng } from '../../core/rng.ts';
import { classOf } from '../../core/series-class.ts';
import { type FittedBasis, fitBasis } from '../../diffusion/fit-basis.ts';
import { type GridSeries, normalise } from '../../diffusion/normal.ts';
import { type WindowPlace, windowPlaces } from '../../diffusion/training-set.ts';
import { channelsOf } from '../../topology/channels-of.ts';
import { type SplitSeries, splitByTime } from './split.ts';

/** What a network is trained on: the data in their parts, and the bases fitted to the first one. */
export interface Prepared {
  readonly split: readonly SplitSeries[];
  readonly fitted: FittedBasis;
  readonly validationPlaces: readonly WindowPlace[];
}

const windowsMin = { train: 8, validation: 2 } as const;

/** Splits a history by time and fits the bases. Deterministic for the seed. Errors: DATA_INSUFFICIENT. */
export function prepare(series: readonly GridSeries[], config: PipelineConfig, data: string): Prepared {
  const { step_ms: stepMs, length_steps: length } = config.window;
  const split = splitByTime(series, {
    channels: config.channels.length,
    stepMs,
    validationFraction: config.train.validation_fraction,
    testFraction: config.train.test_fraction,
    validationRowsMin: 3 * length,
  });
  const fitted = fitBasis(
    split.map(({ train }) => train),
    basisOptions(config),
    createRng(config.train.seed),
  );
  if (fitted.basis.active.length === 0) {
    throw new DriftcastError('DATA_INSUFFICIENT', `training on ${data}: no channel varies`, {
      hint: 'Every channel is constant, or has hardly a value: there is nothing to learn from. Check the file.',
    });
  }
  const validationPlaces = placesOf(
    fitted,
    split.map(({ validation }) => validation),
    length,
  );
  const { places } = fitted;
  if (places.length < windowsMin.train || validationPlaces.length < windowsMin.validation) {
    throw new DriftcastError(
      'DATA_INSUFFICIENT',
      `training on ${data}: only ${places.length} training and ${validationPlaces.length} held-out windows of ${length} rows with enough values`,
      { hint: 'Use a longer history, a smaller window.length_steps, or a window.step_ms that fits the data.' },
    );
  }
  return { split, fitted, validationPlaces };
}

const basisOptions = (config: PipelineConfig) => ({
  measured: config.channels.map(({ kind }) => kind === 'gauge'),
  transforms: config.channels.map(({ transform }) => transform),
  ahead: knownAheadOf(channelsOf(config)),
  gapBase: config.train.gap_base,
  classes: config.classes,
  stepMs: config.window.step_ms,
  length: config.window.length_steps,
  horizon: config.model.horizon_steps,
  patch: config.train.patch_steps,
  width: config.train.width,
  blocks: config.train.blocks,
  crossGroups: config.score.cross_groups,
});

function placesOf({ basis, shape }: FittedBasis, held: readonly GridSeries[], length: number): WindowPlace[] {
  const segments = held.map((one) => ({
    z: normalise(one, basis.seriesPriors.get(one.series) ?? basis.priors, basis.active, basis.transforms),
    rows: one.rows,
    startMs: one.startMs,
    seriesClass: classOf(basis.classes, one.series),
  }));
  return windowPlaces(segments, length, shape.channels, shape.patch);
}
