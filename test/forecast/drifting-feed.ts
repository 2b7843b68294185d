import type { Inference } from '../../src/core/inference.ts';
import { createRng } from '../../src/core/rng.ts';
import { forecastOf, inferenceOf, type Law, shape as shapeOf } from './fixtures.ts';

export const channels = 8;
export const rowsOfDay = 288;
export const rowsOfWeek = 7 * rowsOfDay;
export const everySteps = 4;
export const shape = shapeOf({ channels, horizon: 12, everySteps });

/** What the feed is like at a row: ordinary is { noise: 1, level: 0, amplitude: 1, shift: 0 }. */
export interface Regime {
  /** Factor on the noise. */
  readonly noise: number;
  readonly level: number;
  /** Of the daily cycle. */
  readonly amplitude: number;
  /** Of the daily cycle, rows. */
  readonly shift: number;
}

export const ordinary: Regime = { noise: 1, level: 0, amplitude: 1, shift: 0 };

const phi = 0.95;
const innovation = 0.1;
/** Logistic scale of a normal law with the same central 90 %. */
const logisticOfNormal = 1.6448536 / Math.log(19);

const season = (row: number, c: number, { amplitude, shift }: Regime) =>
  amplitude * Math.sin((2 * Math.PI * (row + shift + 36 * c)) / rowsOfDay);

/**
 * A daily cycle, a level and autoregressive noise in every channel, and what a model says of it that was trained before anything
 * changed: the network knows cycle and level as they were and how the noise decays, the ridge holds the last value. Each knows how
 * wide it ought to be in the ordinary regime.
 */
export function* driftingFeed(seed: number, rows: number, regimeAt: (row: number) => Regime): Generator<Inference> {
  const rng = createRng(seed);
  const noise = new Float64Array(channels);
  let pending: number[][] = [];
  for (let row = 0; row < rows; row++) {
    const regime = regimeAt(row);
    const values = Array.from({ length: channels }, (_, c) => {
      noise[c] = phi * noise[c] + innovation * regime.noise * rng.normal();
      return regime.level + season(row, c, regime) + noise[c];
    });
    pending.push(values);
    if ((row + 1) % everySteps !== 0) continue;
    yield inferenceOf(pending, row, forecastOf(shape, networkLaw(row, values), ridgeLaw(values)));
    pending = [];
  }
}

const networkLaw =
  (row: number, last: readonly number[]): Law =>
  (h, c) => {
    const decay = phi ** (h + 1);
    const std = innovation * Math.sqrt((1 - decay ** 2) / (1 - phi ** 2));
    const expected = season(row + h + 1, c, ordinary) + decay * (last[c] - season(row, c, ordinary));
    return [expected, logisticOfNormal * std];
  };

const ridgeLaw =
  (last: readonly number[]): Law =>
  (h, c) => [last[c], logisticOfNormal * innovation * Math.sqrt(h + 1 + 0.02 * (h + 1) ** 2)];
