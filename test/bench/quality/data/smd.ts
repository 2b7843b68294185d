import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ForecastData } from '../forecast/forecast-data.ts';
import { readNumberTable } from './number-table.ts';

const minuteMs = 60_000;
const warmRows = 2000;

/** One machine of SMD, train file and then test file; channels that never vary in training are left out. */
export function loadSmd(folder: string, machine: string): ForecastData {
  const read = (part: string) => readNumberTable(fileOf(folder, part, machine), false);
  const [train, test] = [read('train'), read('test')];
  const width = train.columns.length;
  const varying = train.columns.map((_, c) => c).filter((c) => varies(train.values, width, c));
  const pick = (values: Float64Array) =>
    Float64Array.from(
      { length: (values.length / width) * varying.length },
      (_, i) => values[Math.floor(i / varying.length) * width + varying[i % varying.length]],
    );
  const values = new Float64Array((train.rows + test.rows) * varying.length);
  values.set(pick(train.values));
  values.set(pick(test.values), train.rows * varying.length);
  return {
    channels: varying.map((c) => `metric_${c + 1}`),
    stepMs: minuteMs,
    startMs: Date.parse('2020-01-01T00:00:00Z'),
    values,
    fitRows: train.rows,
    validationFraction: 0.15,
    warmFrom: train.rows - warmRows,
    testFrom: train.rows,
    testTo: train.rows + test.rows,
  };
}

/** Whether a channel varies enough in the rows that are trained on (not in a single blip only). */
function varies(values: Float64Array, width: number, channel: number): boolean {
  const rows = Math.floor((0.85 * values.length) / width);
  const seen = new Set<number>();
  for (let row = 0; row < rows && seen.size < 4; row++) seen.add(values[row * width + channel]);
  return seen.size >= 4;
}

function fileOf(folder: string, part: string, machine: string): string {
  const names = ['csv.gz', 'txt.gz', 'csv', 'txt'].map((end) => path.join(folder, part, `machine-${machine}.${end}`));
  const found = names.find(existsSync);
  if (found === undefined) throw new Error(`none of ${names.join(', ')} is there`);
  return found;
}
