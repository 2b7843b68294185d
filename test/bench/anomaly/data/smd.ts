import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readNumberTable, readText } from '../../quality/data/number-table.ts';
import { type AnomalyFile, type AnomalyFileEntry, allRows, trainRowsOf } from './anomaly-file.ts';
import { readTsbMap, type TsbFile } from './read-map.ts';

const pattern = /^machine-(\d+-\d+)\.(?:csv|txt)(?:\.gz)?$/;

/** Server Machine Dataset: the test file of every machine, as TSB-AD cuts it. Settings may be chosen on machines 1-*. */
export function smdFiles(folder: string, tsb: string | null): AnomalyFileEntry[] {
  const map = readTsbMap(tsb, 'smd', 'machine');
  return readdirSync(path.join(folder, 'test'))
    .flatMap((file) => {
      const machine = pattern.exec(file)?.[1];
      return machine === undefined ? [] : [{ machine, file }];
    })
    .sort((a, b) => a.machine.localeCompare(b.machine, 'en', { numeric: true }))
    .map(({ machine, file }) => ({
      set: 'SMD',
      name: machine,
      load: () => load(folder, machine, file, map.get(`machine-${machine}`)),
    }));
}

function load(folder: string, machine: string, file: string, tsb: TsbFile | undefined): AnomalyFile {
  const table = readNumberTable(path.join(folder, 'test', file), false);
  const width = table.columns.length;
  const dropped = tsb?.dropped ?? 0;
  const rows = table.rows - dropped;
  const labels = readLabels(folder, machine).subarray(dropped);
  return {
    set: 'SMD',
    name: machine,
    channels: table.columns.map((_, c) => ({ name: `metric_${c + 1}`, kind: 'gauge' })),
    stepMs: 60_000,
    rows,
    values: table.values.subarray(dropped * width),
    labels,
    judged: allRows(rows),
    trainRows: tsb?.trainRows ?? trainRowsOf(labels),
    published: tsb?.file ?? null,
    choosing: machine.startsWith('1-'),
    affected: readAffected(path.join(folder, 'interpretation_label', `machine-${machine}.txt`), dropped),
  };
}

function readLabels(folder: string, machine: string): Uint8Array {
  const base = path.join(folder, 'test_label', `machine-${machine}.txt`);
  const text = readText(existsSync(base) ? base : `${base}.gz`);
  return Uint8Array.from(text.split(/\s+/).filter(Boolean), Number);
}

/** Lines start-end:channel,channel with channels from 1. */
function readAffected(file: string, dropped: number): AnomalyFile['affected'] {
  if (!existsSync(file)) return [];
  return readText(file)
    .split(/\r?\n/)
    .flatMap((line) => {
      const [range = '', names = ''] = line.split(':');
      const [start, end] = range.split('-').map((text) => Number(text) - dropped);
      const channels = names.split(',').filter(Boolean).map(Number);
      return start >= 0 && end >= start ? [{ start, end, channels: channels.map((c) => c - 1) }] : [];
    });
}
