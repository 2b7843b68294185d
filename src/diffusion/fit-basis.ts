import type { Rng } from '../core/rng.ts';
import { classOf, type SeriesClass } from '../core/series-class.ts';
import type { Transform } from '../core/transform.ts';
import { chooseGaps, type GapBase } from './base/choose-gaps.ts';
import { correlationOf, fitCrossRidge, splitGroups } from './base/cross-ridge.ts';
import { type DirectRidge, fitDirectRidge, type RidgeSample } from './base/direct-ridge.ts';
import { interpolate } from './base/interpolate.ts';
import { fitRidgeVar } from './base/ridge-var.ts';
import type { GapModel } from './base/smooth-gaps.ts';
import { CallBatch, cellFeatureCount, tokenFeatureCount, writeCall } from './call.ts';
import { initialHeadScale, logisticMeanAbsolute } from './logistic.ts';
import { channelMask, forecastMask, gapMask, scoreHorizons, scoreRows, suffixMask } from './masks.ts';
import type { ChannelPrior, ModelBasis } from './model.ts';
import type { NetworkShape } from './network.ts';
import { channelPriors, type GridSeries, normalise } from './normal.ts';
import { type Task, tasks } from './task.ts';
import { choosePeriods, timeFeatureCount, writeTimeFeatures } from './time-features.ts';
import { type Segment, type WindowPlace, windowAt, windowPlaces } from './training-set.ts';

export interface BasisOptions {
  /** Of every pipeline channel: whether it is a measured value (gauge). */
  readonly measured: readonly boolean[];
  /** Of every pipeline channel; absent: none is bent. */
  readonly transforms?: readonly Transform[];
  readonly stepMs: number;
  readonly length: number;
  readonly horizon: number;
  readonly patch: number;
  readonly width: number;
  readonly blocks: number;
  /** Pipeline channels whose values are known ahead; absent: none. */
  readonly ahead?: readonly number[];
  /** Kinds of series; absent: none. */
  readonly classes?: readonly SeriesClass[];
  /** Groups of channels for the cross score; 0: none. */
  readonly crossGroups: number;
  /** What fills gaps; `auto`, or absent: the smoother where it is clearly better than a line between two points. */
  readonly gapBase?: GapBase;
}

export interface FittedBasis {
  readonly basis: ModelBasis;
  readonly shape: NetworkShape;
  readonly segments: readonly Segment[];
  readonly places: readonly WindowPlace[];
  /** Ridge bases by fold, for training windows. */
  readonly folds: readonly DirectRidge[];
}

const ridgeSamplesMax = 3000;
const varRowsMax = 12_000;
const scaleSamples = 400;
const seriesPriorsMax = 2000;
const observedCellsMin = 50;

/** Normaliser, bases and residual scales from training rows. Deterministic for its `rng`. */
export function fitBasis(series: readonly GridSeries[], options: BasisOptions, rng: Rng): FittedBasis {
  const channels = options.measured.length;
  const transforms = options.transforms ?? options.measured.map((): Transform => 'none');
  const classes = options.classes ?? [];
  const priors = channelPriors(series, channels, transforms);
  const seriesPriors = new Map<string, ChannelPrior[]>();
  for (const one of series.slice(0, seriesPriorsMax))
    seriesPriors.set(one.series, channelPriors([one], channels, transforms));
  const active = activeChannels(series, seriesPriors, channels);
  const segments = series.map((one) => ({
    z: normalise(one, seriesPriors.get(one.series) ?? priors, active, transforms),
    rows: one.rows,
    startMs: one.startMs,
    seriesClass: classOf(classes, one.series),
  }));
  const gaps = chooseGaps(segments, active.length, options, rng);
  const shape = shapeFor(options, active.length, series, gaps);
  const periodsMs = choosePeriods(options.stepMs, Math.max(0, ...series.map((s) => s.rows)));
  const ahead = options.ahead ?? [];
  const planned = ahead.map((c) => active.indexOf(c)).filter((d) => d >= 0);
  const places = windowPlaces(segments, options.length, active.length, options.patch);
  const { ridge, folds } = fitDirectRidge(
    ridgeSamples(places, options, active.length, periodsMs),
    active.length,
    options.length - options.horizon,
    options.horizon,
    timeFeatureCount(periodsMs),
    planned,
  );
  const filled = segments.map((s) => fillSegment(s, active.length));
  const autoregression = fitRidgeVar(filled, active.length, varRowsMax);
  const measured = active.map((c) => options.measured[c] as boolean);
  const groups = splitGroups(correlationOf(filled, active.length), active.length, measured, options.crossGroups);
  const ones = () => new Float32Array(active.length).fill(1);
  const unscaled: ModelBasis = {
    priors,
    seriesPriors,
    active,
    gauges: options.measured,
    measured,
    ahead,
    planned,
    transforms,
    classes,
    stepMs: options.stepMs,
    horizon: options.horizon,
    periodsMs,
    residualScale: { impute: ones(), forecast: ones(), score: ones(), cross: ones() },
    ridge,
    autoregression,
    cross: fitCrossRidge(filled, active.length, groups, varRowsMax),
    gaps,
  };
  const basis = { ...unscaled, residualScale: residualScales(unscaled, shape, places, folds, rng) };
  return { basis, shape, segments, places, folds };
}

/** Channels that vary within at least one series and have enough cells to learn from. */
function activeChannels(
  series: readonly GridSeries[],
  seriesPriors: ReadonlyMap<string, readonly ChannelPrior[]>,
  channels: number,
): number[] {
  return Array.from({ length: channels }, (_, c) => c).filter((c) => {
    let cells = 0;
    for (const { values } of series)
      for (let i = c; i < values.length; i += channels) if (!Number.isNaN(values[i] as number)) cells++;
    const varies = [...seriesPriors.values()].some((priors) => {
      const prior = priors[c] as ChannelPrior;
      return prior.variance > 1e-12 * Math.max(prior.absMax ** 2, 1e-12);
    });
    return cells >= observedCellsMin && varies;
  });
}

function shapeFor(
  options: BasisOptions,
  channels: number,
  series: readonly GridSeries[],
  gaps: GapModel | null,
): NetworkShape {
  const rows = Math.max(0, ...series.map((s) => s.rows));
  return {
    length: options.length,
    channels,
    patch: options.patch,
    width: options.width,
    blocks: options.blocks,
    cellFeatures: cellFeatureCount(gaps !== null),
    tokenFeatures: tokenFeatureCount,
    timeFeatures: timeFeatureCount(choosePeriods(options.stepMs, rows)),
    tasks: tasks.length + (options.classes?.length ?? 0),
  };
}

const observedMask = (z: Float32Array): Uint8Array => Uint8Array.from(z, (v) => (Number.isNaN(v) ? 0 : 1));

function ridgeSamples(
  places: readonly WindowPlace[],
  options: BasisOptions,
  channels: number,
  periodsMs: readonly number[],
): RidgeSample[] {
  const every = Math.max(1, Math.ceil(places.length / ridgeSamplesMax));
  const context = options.length - options.horizon;
  return places
    .filter((_, i) => i % every === 0)
    .map((place) => {
      const z = windowAt(place, options.length, channels);
      const filled = fillTargets(z, options.length, options.horizon, channels);
      interpolate(z, observedMask(z.subarray(0, context * channels)), context, channels, filled);
      const time = new Float32Array(timeFeatureCount(periodsMs));
      writeTimeFeatures(place.segment.startMs + (place.row + context - 1) * options.stepMs, periodsMs, time, 0);
      return { filled, fold: place.fold, time };
    });
}

/**
 * The window with the holes of its last `horizon` rows interpolated, in channels where at least half of these are observed: with
 * one cell in ten missing, hardly any window has them all, and the ridge would learn from next to nothing.
 */
function fillTargets(z: Float32Array, length: number, horizon: number, channels: number): Float32Array {
  const filled = z.slice();
  const interpolated = new Float32Array(z.length);
  interpolate(z, observedMask(z), length, channels, interpolated);
  for (let d = 0; d < channels; d++) {
    const cells = Array.from({ length: horizon }, (_, h) => (length - horizon + h) * channels + d);
    const observed = cells.filter((i) => !Number.isNaN(z[i] as number)).length;
    if (2 * observed < horizon) continue;
    for (const i of cells) filled[i] = interpolated[i] as number;
  }
  return filled;
}

function fillSegment(segment: Segment, channels: number): { filled: Float32Array; usable: Uint8Array } {
  const filled = new Float32Array(segment.z.length);
  interpolate(segment.z, observedMask(segment.z), segment.rows, channels, filled);
  const usable = new Uint8Array(segment.rows);
  for (let t = 0; t < segment.rows; t++) {
    let observed = 0;
    for (let d = 0; d < channels; d++) if (!Number.isNaN(segment.z[t * channels + d] as number)) observed++;
    usable[t] = 2 * observed >= channels ? 1 : 0;
  }
  return { filled, usable };
}

/** r = mean |x - b| / (2 ln 2 s0), so that a zero head of scale s0 starts calibrated. */
function residualScales(
  basis: ModelBasis,
  shape: NetworkShape,
  places: readonly WindowPlace[],
  folds: readonly DirectRidge[],
  rng: Rng,
): Record<Task, Float32Array> {
  const { length, channels } = shape;
  const call = new CallBatch(shape, 1);
  const scaleFor = (task: Task): Float32Array => {
    const sums = new Float64Array(channels);
    const counts = new Float64Array(channels);
    for (let k = 0; k < Math.min(scaleSamples, places.length); k++) {
      const place = places[Math.floor((k * places.length) / Math.min(scaleSamples, places.length))] as WindowPlace;
      const z = windowAt(place, length, channels);
      const rows =
        task === 'forecast'
          ? basis.horizon
          : task === 'score'
            ? scoreRows(scoreHorizons[k % scoreHorizons.length] as number, length)
            : 0;
      const donor = windowAt(places[rng.integer(places.length)] as WindowPlace, length, channels);
      const group = basis.cross.groups[k % Math.max(1, basis.cross.groups.length)] ?? [];
      // every other time without the plan: only then is what is planned itself forecast
      const isBlind = basis.planned.length > 0 && k % 2 === 1;
      const generated =
        task === 'impute'
          ? gapMask(rng, length, channels, donor)
          : task === 'cross'
            ? channelMask(length, channels, group)
            : task === 'forecast'
              ? forecastMask(z, length, channels, rows, basis.planned, isBlind ? 0 : rows)
              : suffixMask(length, channels, rows, basis.measured);
      const ridge = folds[place.fold];
      writeCall(
        call,
        0,
        basis,
        {
          z,
          generated,
          task,
          ...(place.segment.seriesClass === undefined ? {} : { seriesClass: place.segment.seriesClass }),
          startMs: place.segment.startMs + place.row * basis.stepMs,
        },
        { suffixRows: rows, group, ...(ridge === undefined ? {} : { ridge }) },
      );
      for (let i = 0; i < z.length; i++) {
        if (generated[i] === 0 || Number.isNaN(z[i] as number)) continue;
        const d = i % channels;
        if (task === 'forecast' && isBlind && !basis.planned.includes(d)) continue;
        const error = Math.abs((z[i] as number) - (call.base[i] as number)) / (call.spread[i] as number);
        sums[d] = (sums[d] as number) + Math.min(30, error);
        counts[d] = (counts[d] as number) + 1;
      }
    }
    return Float32Array.from(sums, (sum, d) => {
      const count = counts[d] as number;
      return count === 0 ? 1 : Math.max(0.01, sum / count / (logisticMeanAbsolute * initialHeadScale));
    });
  };
  return {
    impute: scaleFor('impute'),
    forecast: scaleFor('forecast'),
    score: scaleFor('score'),
    cross: scaleFor('cross'),
  };
}
