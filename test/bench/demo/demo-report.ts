import type { DemoSummary } from '../../../src/cli/demo/summary.ts';

/** What one run of the demo comes to. */
export interface DemoRow {
  readonly seed: number;
  readonly days: number;
  readonly faults: readonly {
    readonly kind: string;
    readonly found: boolean;
    readonly in_time: boolean;
    readonly delay_minutes: number | null;
    readonly due_minutes: number;
    /** The channel that is blamed most is one that the fault shows on. */
    readonly right_channel: boolean;
  }[];
  readonly false_alarms: number;
  readonly vus_pr: number;
  readonly reference_vus_pr: Readonly<Record<string, number>>;
}

export interface DemoReport {
  readonly schema_version: 1;
  readonly command: string;
  readonly commit: string;
  readonly measured_at: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly model: string;
  readonly rows: readonly DemoRow[];
}

export function demoRow(summary: DemoSummary): DemoRow {
  const { seed, days, faults, false_alarms, anomaly } = summary;
  return {
    seed,
    days,
    faults: faults.map(({ kind, found, in_time, delay_minutes, due_minutes, channels, blamed }) => ({
      kind,
      found,
      in_time,
      delay_minutes,
      due_minutes,
      right_channel: channels.includes(blamed[0] ?? ''),
    })),
    false_alarms: false_alarms.length,
    vus_pr: anomaly.model.vus_pr ?? 0,
    reference_vus_pr: Object.fromEntries(
      Object.entries(anomaly.baselines).map(([name, { vus_pr }]) => [name, vus_pr ?? 0]),
    ),
  };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function median(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? '-' : String(sorted[Math.floor(sorted.length / 2)]);
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The tables of the report, as Markdown: by kind of fault, and by seed. */
export function renderDemo({ rows, command, commit, measured_at, machine, model }: DemoReport): string {
  const faults = rows.flatMap((row) => row.faults);
  const line = (name: string, own: typeof faults) => {
    const found = own.filter((fault) => fault.found);
    return [
      name,
      String(own.length),
      String(found.length),
      String(own.filter((fault) => fault.in_time).length),
      median(found.map(({ delay_minutes }) => delay_minutes ?? 0)),
      median(own.map(({ due_minutes }) => due_minutes)),
      String(found.filter((fault) => fault.right_channel).length),
    ];
  };
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const byKind = table(
    ['fault', 'times', 'found', 'in time', 'median delay, min', 'median due, min', 'first blamed is right'],
    [
      ...kinds.map((kind) =>
        line(
          kind,
          faults.filter((fault) => fault.kind === kind),
        ),
      ),
      line('**all**', faults),
    ],
  );
  const rateOf = (own: DemoRow) => own.false_alarms / own.days;
  const bySeed = table(
    ['seed', 'found', 'in time', 'of', 'false alarms a day', 'VUS-PR', 'ridge VAR', 'z score'],
    rows.map((row) => [
      String(row.seed),
      String(row.faults.filter(({ found }) => found).length),
      String(row.faults.filter(({ in_time }) => in_time).length),
      String(row.faults.length),
      rateOf(row).toFixed(2),
      row.vus_pr.toFixed(3),
      (row.reference_vus_pr.ridge_var ?? Number.NaN).toFixed(3),
      (row.reference_vus_pr.z_score ?? Number.NaN).toFixed(3),
    ]),
  );
  const days = sum(rows.map((row) => row.days));
  const rate = sum(rows.map((row) => row.false_alarms)) / days;
  const quiet = rows.filter((row) => rateOf(row) <= 1).length;
  const vus = mean(rows.map((row) => row.vus_pr));
  return [
    byKind,
    `${rows.length} seeds, ${days} days: ${rate.toFixed(2)} false alarms a day, at most one a day on ${quiet} of the seeds; mean VUS-PR ${vus.toFixed(3)}.`,
    bySeed,
    `Measured: ${measured_at}, \`${command}\`, commit ${commit}, model ${model}; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}.`,
  ].join('\n\n');
}
