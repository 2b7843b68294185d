import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FaultRow } from './fault.ts';

/** What results/faults.json holds. */
export interface FaultReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly command: string;
  readonly commit: string;
  readonly when: string;
  readonly rows: readonly FaultRow[];
}

export const readRows = (file: string): readonly FaultRow[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FaultReport).rows : [];

/** Written in one step: a run that is cut off leaves what it has measured. */
export function writeReport(file: string, report: FaultReport): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(report, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}

const columns: readonly (readonly [string, (row: FaultRow) => string])[] = [
  ['fault', ({ fault }) => fault],
  ['times', ({ times }) => String(times)],
  ['points', ({ points }) => String(points)],
  ['differences', ({ differences }) => String(differences)],
  ['duplicates', ({ duplicates }) => String(duplicates)],
  [
    'recovery s (median)',
    ({ recovery_s, recovery_median_s }) => `${seconds(recovery_s)} (${seconds(recovery_median_s)})`,
  ],
  ['messages again', ({ messages_again }) => String(messages_again)],
  ['transitions again', ({ transitions_again }) => String(transitions_again)],
  ['seed', ({ seed }) => String(seed)],
];

const seconds = (value: number | null): string => (value === null ? '-' : value.toFixed(1));

export const renderRows = (rows: readonly FaultRow[]): string =>
  [columns.map(([name]) => name), columns.map(() => '---'), ...rows.map((row) => columns.map(([, show]) => show(row)))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** Whether nothing was lost, changed, or done twice in different ways, and it came to its end; or nobody promised that. */
export const isClean = ({ trouble, limit }: FaultRow): boolean => trouble.length === 0 || limit !== undefined;
