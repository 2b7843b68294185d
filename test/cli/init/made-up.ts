import type { Table } from '../../../src/cli/init/facts.ts';

export const START_MS = Date.UTC(2026, 0, 5);

export const table = (names: readonly string[], rows: readonly (readonly (string | number)[])[]): Table => ({
  names,
  rows: rows.map((row) => row.map(String)),
  raggedRows: 0,
  truncated: false,
});

/** `count` rows made by `cells` from the row number and its time, a step apart. */
export function rowsOf(
  count: number,
  stepMs: number,
  cells: (row: number, iso: string) => readonly (string | number)[],
) {
  return Array.from({ length: count }, (_, row) => cells(row, new Date(START_MS + row * stepMs).toISOString()));
}
