import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import type { QualityResult } from './quality-row.ts';

/** Where and how a key was measured. */
export interface Provenance {
  readonly measured_at: string;
  readonly command: string;
  readonly commit: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  /** Load average when the key was done: well above 1 means that others were computing. */
  readonly load1: number;
  readonly quick: boolean;
  readonly budget_s: number;
  readonly seeds: readonly number[];
}

export type QualityEntry = QualityResult & Provenance;

/** What results/quality.json holds: an entry a key. */
export interface QualityReport {
  readonly schema_version: 1;
  readonly [key: string]: QualityEntry | 1;
}

export const entriesOf = (report: QualityReport): [string, QualityEntry][] =>
  Object.entries(report).flatMap(([key, entry]) => (entry === 1 ? [] : [[key, entry]]));

export function readReport(file: string): QualityReport {
  if (!existsSync(file)) return { schema_version: 1 };
  const report = JSON.parse(readFileSync(file, 'utf8')) as QualityReport;
  if (report.schema_version !== 1) throw new Error(`${file}: expected schema_version 1`);
  return report;
}

/** The report with one entry new or replaced, keys in the given order; figures with four digits. Written in one step. */
export function writeEntry(file: string, key: string, entry: QualityEntry, order: readonly string[]): QualityReport {
  const entries = { ...Object.fromEntries(entriesOf(readReport(file))), [key]: rounded(entry) as QualityEntry };
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const sorted = Object.entries(entries).sort(([a], [b]) => rank(a) - rank(b));
  const report = { schema_version: 1 as const, ...Object.fromEntries(sorted) } as QualityReport;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${file}.new`, file);
  return report;
}

/** Four significant digits are more than a benchmark knows; counts stay as they are. */
export function rounded(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isInteger(value) ? value : Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, rounded(own)]));
}

export function provenance(
  command: string,
): Pick<Provenance, 'measured_at' | 'command' | 'commit' | 'machine' | 'load1'> {
  return {
    measured_at: new Date().toISOString(),
    command,
    commit: commit(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    load1: loadavg()[0],
  };
}

/** Short name of the commit, with a mark where source files differ from it; '' outside of git. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes'}`;
  } catch {
    return '';
  }
}
