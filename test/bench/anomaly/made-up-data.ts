import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRng, type Rng } from '../../../src/core/rng.ts';

const rows = 760;
const faults = [
  { from: 640, to: 660 },
  { from: 700, to: 730 },
] as const;
const isFault = (row: number) => faults.some(({ from, to }) => row >= from && row < to);

/** Waves with noise, [row][channel]; the first channels jump while there is a fault. */
function waves(rng: Rng, channels: number): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from(
      { length: channels },
      (_, c) => Math.sin((2 * Math.PI * (row + 5 * c)) / 40) + 0.2 * rng.normal() + (isFault(row) && c < 2 ? 4 : 0),
    ),
  );
}

const folderIn = (root: string) => (name: string) => {
  const made = path.join(root, name);
  mkdirSync(made, { recursive: true });
  return made;
};
const labels = Array.from({ length: rows }, (_, row) => (isFault(row) ? 1 : 0));
const csv = (cells: readonly (readonly (string | number)[])[], separator = ',') =>
  cells.map((line) => line.join(separator)).join('\n');

/** A folder with labelled sets in the layout of the real ones, a file of each: to run the benchmark where the real ones are not. */
export function writeMadeUpAnomalies(root: string): void {
  const rng = createRng(41);
  const folder = folderIn(root);
  writeFileSync(path.join(folder('smd/test'), 'machine-1-2.csv.gz'), gzipSync(csv(waves(rng, 4))));
  writeFileSync(path.join(folder('smd/test_label'), 'machine-1-2.txt.gz'), gzipSync(labels.join('\n')));
  const affected = faults.map(({ from, to }) => `${from}-${to - 1}:1,2`);
  writeFileSync(path.join(folder('smd/interpretation_label'), 'machine-1-2.txt'), affected.join('\n'));
  for (const set of ['msl', 'smap']) {
    const flags = waves(rng, 2).map(([value], row) => [value, row % 50 < 10 ? 1 : 0, 0]);
    writeFileSync(path.join(folder(`msl_smap/${set}/test`), 'A-1.csv.gz'), gzipSync(csv(flags)));
    writeFileSync(path.join(folder(`msl_smap/${set}/test_label`), 'A-1.txt'), labels.join('\n'));
  }
  writeSkab(folder('skab/valve1'), rng);
  writeNab(folder('nab/data/made'), folder('nab/labels'), rng);
  writeReference(folder('tsb_ad_reference'), folder('tsb_ad_reference/benchmark_eval_results'));
}

const stampOf = (seconds: number) =>
  new Date(Date.UTC(2020, 2, 9) + 1000 * seconds).toISOString().slice(0, 19).replace('T', ' ');

/** Every twentieth second is missing. */
function writeSkab(folder: string, rng: Rng): void {
  const lines = waves(rng, 3).map((cells, row) => [
    stampOf(row + Math.floor(row / 20)),
    ...cells,
    isFault(row) ? '1.0' : '0.0',
    '0.0',
  ]);
  const head = ['datetime', 'Pressure', 'Current', 'Voltage', 'anomaly', 'changepoint'];
  writeFileSync(path.join(folder, '0.csv'), csv([head, ...lines], ';'));
}

function writeNab(data: string, truth: string, rng: Rng): void {
  const lines = waves(rng, 1).map(([value], row) => [stampOf(300 * row), value]);
  writeFileSync(path.join(data, 'one.csv'), csv([['timestamp', 'value'], ...lines]));
  const windows = faults.map(({ from, to }) => [`${stampOf(300 * from)}.000000`, `${stampOf(300 * (to - 1))}.000000`]);
  writeFileSync(
    path.join(truth, 'combined_windows.json'),
    JSON.stringify({ 'made/one.csv': windows, 'made/no.csv': [] }),
  );
}

function writeReference(folder: string, tables: string): void {
  const file = '001_SMD_id_1_Facility_tr_500_1st_640.csv';
  const head = 'machine,test_rows_dropped_at_start,tsb_file,train_len,ts_len,have_data';
  writeFileSync(path.join(folder, 'map_smd.csv'), `${head}\nmachine-1-2,0,${file},500,760,True\n`);
  const table = `file,PCA,KMeansAD,ts_len\n${file},0.25,0.5,760\n`;
  writeFileSync(path.join(tables, 'multi_mergedTable_VUS-PR.csv'), table);
}
