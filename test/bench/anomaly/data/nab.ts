import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../../quality/data/number-table.ts';
import { type AnomalyFile, type AnomalyFileEntry, allRows, trainRowsOf } from './anomaly-file.ts';
import { readTsbMap, type TsbFile } from './read-map.ts';

type Windows = Readonly<Record<string, readonly (readonly [string, string])[]>>;

/** Numenta Anomaly Benchmark: univariate streams that have labelled windows; rows one after the other, whatever lies between them. */
export function nabFiles(folder: string, tsb: string | null): AnomalyFileEntry[] {
  const windows = JSON.parse(readFileSync(path.join(folder, 'labels', 'combined_windows.json'), 'utf8')) as Windows;
  const map = readTsbMap(tsb, 'nab', 'nab_file');
  return Object.entries(windows)
    .filter(([, own]) => own.length > 0)
    .flatMap(([file, own]) => {
      const name = file.replace('.csv', '');
      const whole = path.join(folder, 'data', file);
      return exists(whole) ? [{ set: 'NAB', name, load: () => load(whole, name, own, map.get(file)) }] : [];
    });
}

function exists(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

function load(file: string, name: string, windows: Windows[string], tsb: TsbFile | undefined): AnomalyFile {
  const records = readText(file)
    .split(/\r?\n/)
    .filter(Boolean)
    .slice(1 + (tsb?.dropped ?? 0))
    .map((line) => line.split(','));
  const timesMs = records.map(([stamp = '']) => toMs(stamp));
  const labels = Uint8Array.from(timesMs, (time) =>
    windows.some(([from, to]) => time >= toMs(from) && time <= toMs(to)) ? 1 : 0,
  );
  const steps = timesMs.slice(1).map((time, i) => time - timesMs[i]);
  steps.sort((a, b) => a - b);
  return {
    set: 'NAB',
    name,
    channels: [{ name: 'value', kind: 'gauge' }],
    stepMs: Math.max(1000, steps[steps.length >> 1] ?? 60_000),
    rows: records.length,
    values: Float64Array.from(records, (cells) => Number(cells[1])),
    labels,
    judged: allRows(records.length),
    trainRows: tsb?.trainRows ?? trainRowsOf(labels),
    published: tsb?.file ?? null,
    choosing: false,
    affected: [],
  };
}

const toMs = (stamp: string): number => Date.parse(`${stamp.slice(0, 19).replace(' ', 'T')}Z`);
