import type { Figures } from './figures.ts';
import { entriesOf, type QualityEntry, type QualityReport } from './results.ts';

const methodColumns = ['crps', 'mae', 'rmse', 'nd', 'coverage90', 'width90', 'coverage50', 'width50'] as const;

/** The report as Markdown: one table over all keys, then a section for each. */
export function renderQuality(report: QualityReport): string {
  const entries = entriesOf(report);
  if (entries.length === 0) return 'Nothing has been measured yet.';
  const warning = entries.some(([, entry]) => entry.quick) ? ['Tiny inputs: these numbers mean nothing.'] : [];
  return [...warning, overview(entries), ...entries.flatMap(([key, entry]) => [`### ${key}`, ...section(entry)])].join(
    '\n\n',
  );
}

function overview(entries: readonly (readonly [string, QualityEntry])[]): string {
  const rows = entries.map(([key, entry]) => {
    const [bestName, best] = bestBaseline(entry);
    const published = Object.entries(entry.published).filter(([, { crps }]) => crps !== undefined);
    return [
      key,
      `${number(entry.crps)}${spreadOf(entry, 'crps')}`,
      `${number(best.crps)} ${bestName}`,
      published.map(([name, { crps }]) => `${name} ${number(crps as number)}`).join(', ') || '-',
      number(entry.mae),
      number(entry.coverage90),
      number(entry.ms_window),
      number(entry.train_cpu_s),
      String(entry.seeds.length),
    ];
  });
  const head = [
    'key',
    'CRPS',
    'best baseline',
    'published CRPS',
    'MAE',
    'coverage 90',
    'ms a window',
    'train CPU s',
    'seeds',
  ];
  return table(head, rows);
}

const bestBaseline = ({ baselines }: QualityEntry): [string, Figures] =>
  Object.entries(baselines).reduce((best, own) => (own[1].crps < best[1].crps ? own : best));

const spreadOf = ({ spread }: QualityEntry, name: string): string =>
  spread[name] === undefined ? '' : ` ± ${number(spread[name])}`;

function section(entry: QualityEntry): string[] {
  const { machine, seeds, load1 } = entry;
  const paths =
    entry.ms_window_paths === undefined ? '' : ` (${number(entry.ms_window_paths)} for 8 joint paths of 2 steps)`;
  const measured = [
    `${entry.measured_at.slice(0, 10)}, \`${entry.command}\`, commit ${entry.commit || 'unknown'}`,
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${load1.toFixed(1)}`,
    `${seeds.length === 1 ? `seed ${seeds[0]}` : `mean of the seeds ${seeds.join(', ')}`}, budget ${entry.budget_s} CPU s for the network`,
    `${number(entry.train_cpu_s)} CPU s of training in all, ${number(entry.ms_window)} ms a window${paths}, ${entry.cells.toLocaleString('en-US')} cells`,
  ];
  return [entry.protocol, methods(entry), ...joint(entry), ...entry.notes, `Measured: ${measured.join('; ')}.`];
}

function methods(entry: QualityEntry): string {
  const line = (name: string, figures: Figures, spread = false) => [
    name,
    ...methodColumns.map((column) => `${number(figures[column])}${spread ? spreadOf(entry, column) : ''}`),
  ];
  const published = Object.entries(entry.published).map(([name, { crps, mae, crps_sum: sum, source }]) => [
    `${name} (published: ${source}${sum === undefined ? '' : `; CRPS-sum ${sum}`})`,
    crps === undefined ? '' : number(crps),
    mae === undefined ? '' : number(mae),
    ...methodColumns.slice(2).map(() => ''),
  ]);
  const byCrps = Object.entries(entry.baselines).sort(([, a], [, b]) => a.crps - b.crps);
  const names = ['CRPS', 'MAE', 'RMSE', 'ND', 'coverage 90', 'width 90', 'coverage 50', 'width 50'];
  return table(
    ['method', ...names],
    [
      line('**driftcast**', entry, true),
      ...Object.entries(entry.parts).map(([name, figures]) => line(`its ${name} alone`, figures)),
      ...byCrps.map(([name, figures]) => line(name, figures)),
      ...published,
    ],
  );
}

function joint({ joint: own }: QualityEntry): string[] {
  if (own === undefined) return [];
  const rows = Object.entries(own.methods).map(([name, figures]) => [
    name,
    number(figures.crps_sum),
    number(figures.sum_coverage90),
    number(figures.sum_width90),
    number(figures.crossings_coverage90),
    number(figures.crossings_crps),
    number(figures.crossings_brier),
    number(figures.energy),
    number(figures.ms_window),
  ]);
  const head = [
    'paths',
    'CRPS-sum',
    'coverage 90',
    'width 90',
    'crossings: coverage 90',
    'CRPS',
    'Brier',
    'energy',
    'ms a window',
  ];
  return [
    `Joint paths, 64 a window over ${own.windows} windows: ${own.unit}; and how many channels are above the level that a tenth of their training values exceed.`,
    table(head, rows),
  ];
}

const number = (value: number | null): string =>
  value === null || Number.isNaN(value) ? '-' : value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows];
  const widths = head.map((_, c) => Math.max(3, ...cells.map((line) => line[c].length)));
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, c) => (c === 0 ? text.padEnd(widths[c]) : text.padStart(widths[c]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, c) => (c === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
