import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readNumberTable, readText } from '../../quality/data/number-table.ts';
import { type AnomalyFile, type AnomalyFileEntry, allRows, trainRowsOf } from './anomaly-file.ts';
import { readTsbMap, type TsbFile } from './read-map.ts';

/**
 * Spacecraft telemetry: the test file of every channel; the first column is the measured value, the others are commands.
 * Settings may be chosen on every third file.
 */
export function mslSmapFiles(folder: string, set: 'MSL' | 'SMAP', tsb: string | null): AnomalyFileEntry[] {
  const own = path.join(folder, set.toLowerCase());
  const map = readTsbMap(tsb, set.toLowerCase(), 'channel');
  return readdirSync(path.join(own, 'test'))
    .flatMap((file) => /^(.+?)\.csv(?:\.gz)?$/.exec(file)?.slice(1) ?? [])
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name, i) => ({ set, name, load: () => load(own, set, name, map.get(name), i % 3 === 0) }));
}

function load(folder: string, set: string, name: string, tsb: TsbFile | undefined, choosing: boolean): AnomalyFile {
  const plain = path.join(folder, 'test', `${name}.csv`);
  const table = readNumberTable(existsSync(plain) ? plain : `${plain}.gz`, false);
  const text = readText(path.join(folder, 'test_label', `${name}.txt`));
  const labels = Uint8Array.from(text.split(/\s+/).filter(Boolean), Number);
  return {
    set,
    name,
    channels: table.columns.map((_, c) =>
      c === 0 ? { name: 'value', kind: 'gauge' } : { name: `command_${c}`, kind: 'command' },
    ),
    stepMs: 60_000,
    rows: table.rows,
    values: table.values,
    labels,
    judged: allRows(table.rows),
    trainRows: tsb?.trainRows ?? trainRowsOf(labels),
    published: tsb?.file ?? null,
    choosing,
    affected: [],
  };
}
