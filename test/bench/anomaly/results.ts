import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Provenance, rounded } from '../quality/results.ts';
import type { DetectorFigures } from './judge/judge-detector.ts';

/** What is known of a file when it is done. */
export interface FileResult {
  readonly set: string;
  readonly name: string;
  readonly rows: number;
  readonly channels: number;
  readonly train_rows: number;
  /** Whether settings were chosen on it. */
  readonly choosing: boolean;
  /** Published VUS-PR by detector; empty where the file is not one of TSB-AD. */
  readonly published: Readonly<Record<string, number>>;
  readonly detectors: Readonly<Record<string, DetectorFigures>>;
  /** CPU seconds of bases, network and calibration. */
  readonly train_cpu_s: number;
  readonly train_steps: number;
  /** CPU milliseconds a row of the feed: windows, calls and score of the model. */
  readonly ms_row: number;
}

export type FileEntry = FileResult &
  Pick<Provenance, 'measured_at' | 'command' | 'commit' | 'machine' | 'load1' | 'quick'> & { readonly seed: number };

/** What results/anomaly.json holds: an entry a file, by SET/name. */
export interface AnomalyReport {
  readonly schema_version: 1;
  readonly files: Readonly<Record<string, FileEntry>>;
}

export function readAnomalyReport(file: string): AnomalyReport {
  if (!existsSync(file)) return { schema_version: 1, files: {} };
  const report = JSON.parse(readFileSync(file, 'utf8')) as AnomalyReport;
  if (report.schema_version !== 1) throw new Error(`${file}: expected schema_version 1`);
  return report;
}

/** The report with one file new or replaced, files in order; detectors that were not run again keep their figures. Written in one step. */
export function writeFileEntry(file: string, entry: FileEntry, sets: readonly string[]): AnomalyReport {
  const before = readAnomalyReport(file).files;
  const key = `${entry.set}/${entry.name}`;
  const known = before[key];
  const detectors = { ...known?.detectors, ...entry.detectors };
  // ablations come beside what is known, and say nothing of how long the detector itself takes
  const changed = known !== undefined && entry.detectors.driftcast === undefined ? known : entry;
  const files = { ...before, [key]: rounded({ ...changed, detectors }) as FileEntry };
  const order = (a: FileEntry, b: FileEntry) =>
    sets.indexOf(a.set) - sets.indexOf(b.set) || a.name.localeCompare(b.name, 'en', { numeric: true });
  const sorted = Object.entries(files).sort(([, a], [, b]) => order(a, b));
  const report = { schema_version: 1 as const, files: Object.fromEntries(sorted) };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(report, null, 1)}\n`);
  renameSync(`${file}.new`, file);
  return report;
}
