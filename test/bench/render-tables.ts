import type { BenchmarkResult, Row } from './benchmark.ts';

/** What results/performance.json holds, besides its keys. */
export interface PerformanceReport {
  readonly schema_version: 1;
  readonly measured_at: string;
  /** Whether the inputs were tiny: then the numbers mean nothing. */
  readonly quick: boolean;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly platform: string };
  /** Load average over the minute before the start: well above 0 means that others were computing. */
  readonly load1: number;
  readonly seconds: number;
  readonly benchmarks: Readonly<
    Record<string, { readonly summary: string } & Pick<BenchmarkResult, 'rows'> & { readonly notes: readonly string[] }>
  >;
}

/** The report as Markdown: machine, then a section with its table for each benchmark. */
export function renderTables(report: PerformanceReport): string {
  const { cpu, cores, node, platform } = report.machine;
  const machine = `${report.measured_at.slice(0, 10)}, ${cpu}, ${cores} cores, Node ${node}, ${platform}, load average at the start ${report.load1.toFixed(1)}, ${report.seconds.toFixed(0)} s in all.`;
  const busy =
    report.load1 > 0.5 * cores
      ? [
          'The machine was busy with other work: of these numbers, trust the quotients of CPU times most and wall times least.',
        ]
      : [];
  const sections = Object.entries(report.benchmarks).flatMap(([name, { summary, rows, notes }]) => [
    `### ${name}`,
    summary,
    ...(rows.length === 0 ? [] : [renderTable(rows)]),
    ...notes,
  ]);
  return [...(report.quick ? ['Tiny inputs: these numbers mean nothing.'] : []), machine, ...busy, ...sections].join(
    '\n\n',
  );
}

export function renderTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0]);
  const numeric = columns.map((column) => rows.every((row) => typeof row[column] === 'number'));
  const cells = [columns, ...rows.map((row) => columns.map((column) => show(row[column])))];
  const widths = columns.map((_, c) => Math.max(3, ...cells.map((line) => line[c].length)));
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, c) => (numeric[c] ? text.padStart(widths[c]) : text.padEnd(widths[c]))).join(' | ')} |`;
  const rule = widths.map((width, c) => (numeric[c] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(cells[0]), line(rule), ...cells.slice(1).map(line)].join('\n');
}

const show = (value: number | string): string =>
  typeof value === 'string' ? value : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
