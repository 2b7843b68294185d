import { createRng, type Rng } from '../../../../src/core/rng.ts';
import { type ForecastData, trainingScales } from '../forecast/forecast-data.ts';
import type { ImputationProtocol, ImputationWindow } from './protocol.ts';

const blockRowsMin = 5;
const blockRowsMax = 20;
/** About this share of the cells is hidden. */
const hiddenShare = 0.1;

/**
 * Blocks of 5 to 20 rows of single channels, hidden at random places of the test rows, a tenth of the cells in all; windows side by
 * side. Values are in training standard deviations, so that all channels count alike.
 */
export function blockProtocol(data: ForecastData, length: number, windowsMax: number): ImputationProtocol {
  const channels = data.channels.length;
  const scales = trainingScales(data);
  const values = data.values.map((value, i) => value / scales[i % channels]);
  const validationFrom = Math.round(data.fitRows * (1 - data.validationFraction));
  const slice = (from: number, to: number) => values.subarray(from * channels, to * channels);
  const rng = createRng(20);
  const starts = evenly(data.testFrom, data.testTo - length, length, windowsMax);
  return {
    length,
    channels,
    stepMs: data.stepMs,
    training: slice(0, validationFrom),
    startMs: data.startMs,
    trainingRows: range(0, validationFrom - length, 2),
    validation: slice(0, data.fitRows).map((value, i) => (i < validationFrom * channels ? Number.NaN : value)),
    validationRows: range(validationFrom, data.fitRows - length, length),
    test: starts.map((row): ImputationWindow => {
      const truth = slice(row, row + length);
      const hidden = blocks(rng, length, channels);
      const judged = truth.map((value, i) => (hidden[i] === 1 && !Number.isNaN(value) ? 1 : 0));
      return {
        truth,
        shown: truth.map((value, i) => (hidden[i] === 1 ? Number.NaN : value)),
        judged: Uint8Array.from(judged),
        startMs: data.startMs + row * data.stepMs,
      };
    }),
    gaps: blocks,
    transforms: new Array(channels).fill('none'),
    judgedAs: (_, value) => value,
    min: Number.NEGATIVE_INFINITY,
    seasonSteps: data.stepMs * length > 86_400_000 ? Math.round(86_400_000 / data.stepMs) : 0,
  };
}

/** [length, channels], 1 where hidden. */
export function blocks(rng: Rng, length: number, channels: number): Uint8Array {
  const mask = new Uint8Array(length * channels);
  const rows = () => blockRowsMin + rng.integer(blockRowsMax - blockRowsMin + 1);
  const count = Math.round((hiddenShare * mask.length) / ((blockRowsMin + blockRowsMax) / 2));
  for (let k = 0; k < Math.max(1, count); k++) {
    const [channel, height] = [rng.integer(channels), rows()];
    const from = rng.integer(Math.max(1, length - height + 1));
    for (let t = from; t < Math.min(length, from + height); t++) mask[t * channels + channel] = 1;
  }
  return mask;
}

const range = (from: number, last: number, step: number): number[] =>
  Array.from({ length: Math.max(0, Math.floor((last - from) / step) + 1) }, (_, i) => from + i * step);

/** Rows a step apart, thinned evenly to at most `countMax`. */
function evenly(from: number, last: number, step: number, countMax: number): number[] {
  const all = range(from, last, step);
  const every = Math.max(1, Math.ceil(all.length / countMax));
  return all.filter((_, i) => i % every === 0);
}
