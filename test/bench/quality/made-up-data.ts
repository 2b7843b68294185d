import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRng, type Rng } from '../../../src/core/rng.ts';

/** Rows of a few waves with noise, [row][channel]; `missing`: share of empty cells. */
function waves(rng: Rng, rows: number, channels: number, missing: number): string[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: channels }, (_, c) => {
      const value = 50 + 20 * Math.sin((2 * Math.PI * (row + 3 * c)) / 24) + 5 * rng.normal();
      return rng.uniform() < missing ? '' : value.toFixed(3);
    }),
  );
}

const hourMs = 3_600_000;
const stampOf = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
const gz = (file: string, lines: readonly string[]) => writeFileSync(file, gzipSync(lines.join('\n')));

/**
 * A folder with data sets in the layout of the real ones, as small as their protocols allow: to run the benchmark where the real ones
 * are not. What comes out means nothing.
 */
export function writeMadeUpData(root: string): void {
  const rng = createRng(77);
  const folder = (name: string) => {
    const made = path.join(root, name);
    mkdirSync(made, { recursive: true });
    return made;
  };
  writeAqi36(folder('aqi36'), rng);
  writePhysionet(folder('physionet2012'), rng);
  writeEtth1(folder('ett'), rng);
  const rates = waves(rng, 7588, 8, 0).map((cells) => cells.join(','));
  gz(path.join(folder('exchange_rate'), 'exchange_rate.txt.gz'), rates);
  for (const [part, machine] of ['train', 'test'].flatMap((name) => ['1-2', '2-1'].map((id) => [name, id]))) {
    const lines = waves(rng, 900, 6, 0).map((cells) => [...cells, '0.5'].join(','));
    gz(path.join(folder(`smd/${part}`), `machine-${machine}.csv.gz`), lines);
  }
  for (const station of ['Guanyuan', 'Shunyi']) writeBeijing(folder('beijing_multisite'), station, rng);
}

/** Four days of every month. */
function writeAqi36(folder: string, rng: Rng): void {
  const stations = Array.from({ length: 36 }, (_, c) => `0010${String(c + 1).padStart(2, '0')}`);
  const stamps = Array.from({ length: 12 }, (_, month) =>
    Array.from({ length: 96 }, (_, hour) => stampOf(Date.UTC(2014, 4 + month, 1, hour)).replaceAll('-', '/')),
  ).flat();
  const rows = waves(rng, stamps.length, stations.length, 0.1);
  const header = ['datetime', ...stations].join(',');
  const lines = rows.map((cells, i) => [stamps[i], ...cells].join(','));
  const hidden = rows.map((cells, i) =>
    [stamps[i], ...cells.map((cell) => (rng.uniform() < 0.1 ? '' : cell))].join(','),
  );
  writeFileSync(path.join(folder, 'pm25_ground.txt'), [header, ...lines].join('\n'));
  writeFileSync(path.join(folder, 'pm25_missing.txt'), [header, ...hidden].join('\n'));
}

/** Sixty patients; five variables are measured often, the others three times. */
function writePhysionet(folder: string, rng: Rng): void {
  const lines = ['RecordID,Time,Parameter,Value'];
  const known = ['HR', 'Temp', 'GCS', 'Urine', 'MAP'];
  const rest =
    'DiasABP,Na,Lactate,NIDiasABP,PaO2,WBC,pH,Albumin,ALT,Glucose,SaO2,AST,Bilirubin,HCO3,BUN,RespRate,Mg,HCT,SysABP,FiO2,K,Cholesterol,NISysABP,TroponinT,TroponinI,PaCO2,Platelets,NIMAP,Creatinine,ALP';
  for (let id = 0; id < 60; id++) {
    lines.push(`${id},00:00,RecordID,${id}`);
    waves(rng, 48, known.length, 0.3).forEach((cells, hour) => {
      cells.forEach((cell, c) => {
        if (cell !== '') lines.push(`${id},${String(hour).padStart(2, '0')}:${10 + c},${known[c]},${cell}`);
      });
    });
    for (const name of rest.split(','))
      for (const hour of ['03', '17', '41']) lines.push(`${id},${hour}:30,${name},${rng.normal().toFixed(3)}`);
  }
  gz(path.join(folder, 'set-a-long.csv.gz'), lines);
}

function writeEtth1(folder: string, rng: Rng): void {
  const rows = waves(rng, 14_400, 7, 0).map((cells, i) =>
    [stampOf(Date.UTC(2016, 6, 1) + i * hourMs), ...cells].join(','),
  );
  writeFileSync(path.join(folder, 'ETTh1.csv'), ['date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT', ...rows].join('\n'));
}

function writeBeijing(folder: string, station: string, rng: Rng): void {
  const names = ['PM2.5', 'PM10', 'SO2', 'NO2', 'CO', 'O3', 'TEMP', 'PRES', 'DEWP', 'RAIN', 'WSPM'];
  const rows = waves(rng, 28_000, names.length, 0.02).map((cells, i) => {
    const at = new Date(Date.UTC(2013, 2, 1) + i * hourMs);
    const stamp = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours()];
    return [i + 1, ...stamp, ...cells.map((cell) => (cell === '' ? 'NA' : cell)), `"${station}"`].join(',');
  });
  const header = ['No', 'year', 'month', 'day', 'hour', ...names, 'station'].map((name) => `"${name}"`).join(',');
  gz(path.join(folder, `PRSA_Data_${station}_20130301-20170228.csv.gz`), [header, ...rows]);
}
