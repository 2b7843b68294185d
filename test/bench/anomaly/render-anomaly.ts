import { bootstrapDifference } from './bootstrap-difference.ts';
import type { DetectorFigures } from './judge/judge-detector.ts';
import type { AnomalyReport, FileEntry } from './results.ts';
import { askedPValue } from './settings.ts';

const model = 'driftcast';
const references = ['ridge_var', 'z_score'];
const ablated = ['no_network', 'no_var_base', 'one_horizon'];
const digits = 3;

/** The report as Markdown: means by set, differences on the files that nothing was chosen on, thresholds, blame, then every file. */
export function renderAnomaly(report: AnomalyReport): string {
  const files = Object.values(report.files);
  if (files.length === 0) return 'Nothing has been measured yet.';
  return [
    ...(files.some(({ quick }) => quick) ? ['Tiny trainings: these numbers mean nothing.'] : []),
    '#### VUS-PR, mean over files',
    means(files),
    ...ablations(files),
    '#### Difference on files that nothing was chosen on',
    'VUS-PR of driftcast less that of the reference with the same post-processing, mean over files with the central 95 % of 4000 bootstrap draws of the files.',
    differences(files),
    '#### Other figures of driftcast, mean over files',
    `Asked: p <= ${askedPValue} opens an alarm. \`opened\` is the share of ordinary rows after training at which one would have opened (the mean is that of a few files whose feed changes for good), \`in alarm\` that of rows in alarm; F1 is row by row at that threshold, never adjusted; events are found if an alarm met them.`,
    others(files),
    ...attribution(files),
    '#### Every file',
    everyFile(files),
    provenance(files),
  ].join('\n\n');
}

const setsOf = (files: readonly FileEntry[]) => [...new Set(files.map(({ set }) => set))];

/** Groups of files that a mean is shown of, each followed by those of its files that nothing was chosen on, where these are fewer. */
function groups(files: readonly FileEntry[]): (readonly [string, readonly FileEntry[]])[] {
  const ofSets = setsOf(files).map((set) => [set, files.filter((file) => file.set === set)] as const);
  const spacecraftAndServers = files.filter(({ set, published }) => set !== 'NAB' && Object.keys(published).length > 0);
  const withoutNab = files.filter(({ set }) => set !== 'NAB');
  return [
    ...ofSets,
    ['files of TSB-AD in SMD, MSL, SMAP', spacecraftAndServers] as const,
    ['all but NAB', withoutNab] as const,
  ].flatMap(([name, own]) => {
    const rest = own.filter(({ choosing }) => !choosing);
    const both = [[name, own] as const, [`${name}, not chosen on`, rest] as const];
    return both.filter(([, some], i) => some.length > 0 && (i === 0 || some.length < own.length));
  });
}

function means(files: readonly FileEntry[]): string {
  const detectors = [...new Set(files.flatMap((file) => Object.keys(file.detectors)))];
  const published = [...new Set(files.flatMap((file) => Object.keys(file.published)))];
  const rows = groups(files).map(([name, own]) => [
    name,
    String(own.length),
    ...detectors.map((detector) => {
      const known = own.filter((file) => file.detectors[detector] !== undefined);
      const text = number(mean(known.map((file) => file.detectors[detector].vus_pr)));
      return known.length === own.length || known.length === 0 ? text : `${text} (${known.length})`;
    }),
    ...published.map((method) => number(mean(own.map((file) => file.published[method] ?? Number.NaN)))),
  ]);
  const note =
    'In brackets: of so many files. Published: the tables of TSB-AD, over those files of the row that are in them.';
  return `${table(['files', 'n', ...detectors.map(title), ...published.map((name) => `${name} (published)`)], rows)}\n\n${note}`;
}

/** The parts of the score left out one at a time, on the files where each was. */
function ablations(files: readonly FileEntry[]): string[] {
  const shown = [model, ...ablated, ...references];
  const whole = files.filter(({ detectors }) => shown.every((name) => detectors[name] !== undefined));
  if (whole.length === 0) return [];
  const sets = setsOf(whole).map((set) => [set, whole.filter((file) => file.set === set)] as const);
  const rows = [...sets, ['all', whole] as const].map(([name, own]) => [
    name,
    String(own.length),
    ...shown.map((detector) => number(mean(own.map(({ detectors }) => detectors[detector]?.vus_pr ?? Number.NaN)))),
  ]);
  return [
    '#### Ablations, on the same files (those that settings may be chosen on)',
    table(['files', 'n', ...shown.map(title)], rows),
  ];
}

function differences(files: readonly FileEntry[]): string {
  const rest = files.filter(({ choosing }) => !choosing);
  const sets = setsOf(rest).map((set) => [set, rest.filter((file) => file.set === set)] as const);
  const withoutNab = rest.filter(({ set }) => set !== 'NAB');
  const rows = [...sets, ['all but NAB', withoutNab] as const].map(([name, own]) => [
    name,
    String(own.length),
    ...references.map((reference) => {
      const pairs = own.flatMap(({ detectors }) =>
        detectors[model] === undefined || detectors[reference] === undefined
          ? []
          : [[detectors[model].vus_pr, detectors[reference].vus_pr] as const],
      );
      const { mean: middle, low, high } = bootstrapDifference(pairs);
      return `${signed(middle)} (${signed(low)} to ${signed(high)})`;
    }),
  ]);
  return table(['files', 'n', ...references.map((name) => `over ${title(name)}`)], rows);
}

const columns: readonly (readonly [string, keyof DetectorFigures])[] = [
  ['VUS-ROC', 'vus_roc'],
  ['AUC-PR', 'auc_pr'],
  ['in alarm', 'alarm_rate'],
  ['F1', 'f1'],
  ['event precision', 'event_precision'],
  ['delay, rows', 'delay_rows'],
];

function others(files: readonly FileEntry[]): string {
  const rows = groups(files).map(([name, own]) => {
    const known = own.flatMap(({ detectors }) => (detectors[model] === undefined ? [] : [detectors[model]]));
    const sum = (key: keyof DetectorFigures) => known.reduce((total, figures) => total + (figures[key] ?? 0), 0);
    return [
      name,
      ...columns.map(([, key]) => number(mean(known.map((figures) => figures[key])))),
      number(median(known.map((figures) => figures.opened_rate))),
      number(mean(known.map((figures) => figures.opened_rate))),
      `${sum('events_found')} of ${sum('events')}`,
      number(mean(own.map(({ train_cpu_s }) => train_cpu_s))),
      number(mean(own.map(({ ms_row }) => ms_row))),
    ];
  });
  const head = [
    'files',
    ...columns.map(([name]) => name),
    'opened, median',
    'opened, mean',
    'events found',
    'training CPU s',
    'ms a device and step',
  ];
  return table(head, rows);
}

function attribution(files: readonly FileEntry[]): string[] {
  const known = files.filter(({ detectors }) => Number.isFinite(detectors[model]?.hit_rate_100 ?? Number.NaN));
  if (known.length === 0) return [];
  const of = (own: readonly FileEntry[], name: string, key: 'hit_rate_100' | 'hit_rate_150') =>
    number(mean(own.map(({ detectors }) => detectors[name]?.[key] ?? Number.NaN)));
  const rows = [model, ...references].map((name) => [
    title(name),
    ...(['hit_rate_100', 'hit_rate_150'] as const).flatMap((key) => [
      of(known, name, key),
      of(
        known.filter(({ choosing }) => !choosing),
        name,
        key,
      ),
    ]),
  ]);
  const head = ['detector', 'HitRate@100 %', 'not chosen on', 'HitRate@150 %', 'not chosen on'];
  return ['#### Which channels, on files whose labels say so (SMD)', table(head, rows)];
}

function everyFile(files: readonly FileEntry[]): string {
  const rows = files.map((file) => {
    const own = file.detectors[model];
    const best = Object.entries(file.published).reduce<readonly [string, number]>(
      (most, next) => (next[1] > most[1] ? next : most),
      ['', Number.NEGATIVE_INFINITY],
    );
    return [
      `${file.set} ${file.name}${file.choosing ? ' *' : ''}`,
      String(file.rows),
      String(file.train_rows),
      ...[model, ...references].map((name) => number(file.detectors[name]?.vus_pr)),
      best[0] === '' ? '-' : `${number(best[1])} ${best[0]}`,
      number(own?.opened_rate),
      own === undefined ? '-' : `${own.events_found} of ${own.events}`,
    ];
  });
  const head = [
    'file',
    'rows',
    'to train',
    ...[model, ...references].map(title),
    'best published',
    'opened',
    'events found',
  ];
  return `${table(head, rows)}\n\n\\* settings were chosen on it.`;
}

function provenance(files: readonly FileEntry[]): string {
  const newest = files.reduce((a, b) => (a.measured_at > b.measured_at ? a : b));
  const oldest = files.reduce((a, b) => (a.measured_at < b.measured_at ? a : b));
  const { machine, seed, command, commit } = newest;
  return `Measured: ${oldest.measured_at.slice(0, 10)} to ${newest.measured_at.slice(0, 10)}, last \`${command}\`, commit ${commit || 'unknown'}; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; seed ${seed}.`;
}

const title = (name: string) => (name === model ? '**driftcast**' : name.replaceAll('_', ' '));

function mean(values: readonly (number | null | undefined)[]): number {
  const known = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  return known.reduce((a, b) => a + b, 0) / known.length;
}

function median(values: readonly (number | null)[]): number {
  const known = values.filter((value): value is number => Number.isFinite(value)).sort((a, b) => a - b);
  const middle = known.length >> 1;
  return known.length % 2 === 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
}

const number = (value: number | null | undefined): string =>
  typeof value === 'number' && Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : '-';

const signed = (value: number): string =>
  Number.isFinite(value) ? `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(digits)}` : '-';

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, c) => Math.max(3, name.length, ...rows.map((row) => (row[c] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, c) => (c === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
