import path from 'node:path';
import type { Rng } from '../../../../src/core/rng.ts';
import type { ImputationProtocol, ImputationWindow } from '../imputation/protocol.ts';
import { readNumberTable } from './number-table.ts';

const length = 36;
const hourMs = 3_600_000;
const testMonths = [3, 6, 9, 12];
/** Of a month that is not tested. One month alone would judge by its own weather. */
const validationShare = 0.1;
/** CSDI draws historical gap patterns from these months: those of 1, 4, 7 and 10 made the simulated failures of the test months. */
const patternMonths = [2, 5, 8, 11];

interface Month {
  readonly month: number;
  readonly from: number;
  readonly to: number;
}

/**
 * AQI-36 by CSDI's protocol (`dataset_pm25.py`): windows of 36 hours within the months 3, 6, 9, 12; hidden are the cells that
 * `pm25_missing` lacks and `pm25_ground` has. A window at the end of a month that overlaps the one before counts its new rows
 * only. Training: the other eight months of `pm25_ground`, the last tenth of each to validate (CSDI: seven of them, one to validate).
 */
export function loadAqi36(folder: string): ImputationProtocol {
  const ground = readNumberTable(path.join(folder, 'pm25_ground.txt'), true);
  const shown = readNumberTable(path.join(folder, 'pm25_missing.txt'), true);
  const channels = ground.columns.length - 1;
  const months = monthsOf(ground.labels);
  const truth = withoutFirstColumn(ground.values, channels);
  const seen = withoutFirstColumn(shown.values, channels);
  const startMs = Date.parse(`${ground.labels[0].replaceAll('/', '-').replace(' ', 'T')}Z`);
  const only = (stretches: readonly Month[]) => {
    const out = new Float64Array(truth.length).fill(Number.NaN);
    for (const { from, to } of stretches) out.set(truth.subarray(from * channels, to * channels), from * channels);
    return out;
  };
  const rowsOf = (stretches: readonly Month[], stride: number) =>
    stretches.flatMap(({ from, to }) => rangeOf(from, to - length, stride));
  const others = months.filter(({ month }) => !testMonths.includes(month));
  const validationFrom = ({ from, to }: Month) => to - Math.max(length, Math.round(validationShare * (to - from)));
  const training = others.map((month) => ({ ...month, to: validationFrom(month) }));
  const validation = others.map((month) => ({ ...month, from: validationFrom(month) }));
  const patterns = rowsOf(
    months.filter(({ month }) => patternMonths.includes(month)),
    1,
  );
  return {
    length,
    channels,
    stepMs: hourMs,
    training: only(training),
    startMs,
    trainingRows: rowsOf(training, 1),
    validation: only(validation),
    validationRows: rowsOf(validation, length / 4),
    test: months
      .filter(({ month }) => testMonths.includes(month))
      .flatMap((month) => testWindows(month, truth, seen, channels, startMs)),
    gaps: (rng) => historicalGaps(rng, truth, patterns, channels),
    transforms: new Array(channels).fill('sqrt'),
    judgedAs: (_, value) => value,
    min: 0,
    seasonSteps: 24,
  };
}

const withoutFirstColumn = (values: Float64Array, channels: number): Float64Array =>
  values.filter((_, i) => i % (channels + 1) !== 0);

const rangeOf = (from: number, last: number, stride: number): number[] =>
  Array.from({ length: Math.max(0, Math.floor((last - from) / stride) + 1) }, (_, i) => from + i * stride);

function monthsOf(labels: readonly string[]): Month[] {
  const months: { month: number; from: number; to: number }[] = [];
  labels.forEach((label, row) => {
    const month = Number(label.slice(5, 7));
    const last = months.at(-1);
    if (last?.month === month) last.to = row + 1;
    else months.push({ month, from: row, to: row + 1 });
  });
  return months;
}

function testWindows(
  { from, to }: Month,
  truth: Float64Array,
  seen: Float64Array,
  channels: number,
  startMs: number,
): ImputationWindow[] {
  const starts = rangeOf(from, to - length, length);
  const covered = (starts.at(-1) ?? from - length) + length;
  const windowAt = (row: number, firstJudged: number): ImputationWindow => {
    const cells = truth.subarray(row * channels, (row + length) * channels);
    const own = seen.subarray(row * channels, (row + length) * channels);
    const judged = Uint8Array.from(cells, (value, i) =>
      Number.isNaN(own[i]) && !Number.isNaN(value) && Math.floor(i / channels) >= firstJudged ? 1 : 0,
    );
    return { shown: own, truth: cells, judged, startMs: startMs + row * hourMs };
  };
  const windows = starts.map((row) => windowAt(row, 0));
  if (covered < to && to - from >= length) windows.push(windowAt(to - length, covered - (to - length)));
  return windows;
}

/** CSDI's mixed strategy: the natural gaps of another training window, or a random share of the cells. */
function historicalGaps(rng: Rng, truth: Float64Array, patterns: readonly number[], channels: number): Uint8Array {
  const mask = new Uint8Array(length * channels);
  if (rng.uniform() < 0.3) {
    const rate = rng.uniform();
    for (let i = 0; i < mask.length; i++) mask[i] = rng.uniform() < rate ? 1 : 0;
    return mask;
  }
  const row = patterns[rng.integer(patterns.length)];
  for (let i = 0; i < mask.length; i++) mask[i] = Number.isNaN(truth[row * channels + i]) ? 1 : 0;
  return mask;
}
