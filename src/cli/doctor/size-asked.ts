import { z } from 'zod';
import { durationMs } from '../../config/duration-ms.ts';
import { formatDuration } from '../../config/format-duration.ts';
import { nearest } from '../../config/nearest.ts';
import { baseShape } from '../../config/schema.ts';
import { DriftcastError } from '../../core/errors.ts';

/** What an installation is to carry; names and defaults are those of the pipeline file. */
export interface SizeAsked {
  readonly series: number;
  readonly channels: number;
  readonly stepMs: number;
  readonly lengthSteps: number;
  readonly strideSteps: number;
  /** 0: never. */
  readonly forecastEverySteps: number;
  readonly horizonSteps: number;
  /** How many. */
  readonly quantiles: number;
  /** wide: a message holds all channels of a row; narrow: one value. */
  readonly layout: 'wide' | 'narrow';
}

const example = 'series=5000 channels=12 step=10s';
const count = z.coerce.number().int().min(1);

const defaults = {
  window: baseShape.window.parse({ step_ms: 1000 }),
  model: baseShape.model.parse(undefined),
};

const schema = z.object({
  series: count.max(10_000_000),
  channels: count.max(400),
  step: z.preprocess((text) => (/^\d+$/.test(String(text)) ? Number(text) : text), durationMs).refine((ms) => ms >= 1),
  length: count.min(16).max(512).default(defaults.window.length_steps),
  stride: count.max(16).default(defaults.window.stride_steps),
  forecast_every: z.coerce.number().int().min(0).default(defaults.model.forecast_every_steps),
  horizon: count.max(256).default(defaults.model.horizon_steps),
  quantiles: count.max(99).default(defaults.model.quantiles.length),
  layout: z.enum(['wide', 'narrow']).default('wide'),
});

const keys = Object.keys(schema.shape);

/** For the help of the option: `series channels step [length=96] ...`. */
export const sizeKeys = `series, channels, step, and where they differ from what a pipeline file has by default length=${defaults.window.length_steps}, stride=${defaults.window.stride_steps}, forecast_every=${defaults.model.forecast_every_steps} (0: never), horizon=${defaults.model.horizon_steps}, quantiles=${defaults.model.quantiles.length} (how many), layout=wide (a message holds all channels; narrow: one value)`;

/** @param settings `key=value` each. Errors: USAGE */
export function sizeAsked(settings: readonly string[]): SizeAsked {
  const wrong = (what: string) =>
    new DriftcastError('USAGE', `reading --size ${settings.join(' ')}: ${what}`, {
      hint: `Such as --size ${example}.`,
    });
  const given = new Map<string, string>();
  for (const setting of settings.flatMap((text) => text.split(','))) {
    const [key = '', value] = setting.split('=');
    if (value === undefined) throw wrong(`expected key=value, got "${setting}"`);
    if (!keys.includes(key)) throw wrong(`"${key}" is not known; nearest: ${nearest(key, keys) ?? keys.join(', ')}`);
    if (given.has(key)) throw wrong(`${key} is given twice`);
    given.set(key, value);
  }
  const read = schema.safeParse(Object.fromEntries(given));
  if (!read.success) {
    const [issue] = read.error.issues;
    const key = String(issue?.path[0]);
    throw wrong(given.has(key) ? `${key}=${given.get(key)}: ${issue?.message}` : `${key} is missing`);
  }
  const { data } = read;
  const { forecast_every: every, stride } = data;
  if (every % stride !== 0) throw wrong(`forecast_every=${every}: expected 0 or a multiple of stride (${stride})`);
  return {
    series: data.series,
    channels: data.channels,
    stepMs: data.step,
    lengthSteps: data.length,
    strideSteps: stride,
    forecastEverySteps: every,
    horizonSteps: data.horizon,
    quantiles: data.quantiles,
    layout: data.layout,
  };
}

/** The question as it was put, with its defaults. */
export const askedJson = (asked: SizeAsked): Readonly<Record<string, number | string>> => ({
  series: asked.series,
  channels: asked.channels,
  step_ms: asked.stepMs,
  length: asked.lengthSteps,
  stride: asked.strideSteps,
  forecast_every: asked.forecastEverySteps,
  horizon: asked.horizonSteps,
  quantiles: asked.quantiles,
  layout: asked.layout,
});

/** The question in words. */
export const askedText = (asked: SizeAsked): string =>
  `${asked.series.toLocaleString('en-US')} series of ${asked.channels} channel${asked.channels === 1 ? '' : 's'}, a row every ${formatDuration(asked.stepMs)}, windows of ${asked.lengthSteps} rows every ${asked.strideSteps}, ` +
  `${asked.forecastEverySteps === 0 ? 'no forecasts' : `a forecast of ${asked.horizonSteps} rows every ${asked.forecastEverySteps}`}, ${asked.layout} messages`;
