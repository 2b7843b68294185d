import type { MetricsJson } from '../../eval/metrics-json.ts';
import type { FaultVerdict, Incident } from './match-faults.ts';

export interface DemoSummary {
  readonly pipeline: string;
  readonly model: string;
  readonly engine: string;
  readonly seed: number;
  readonly days: number;
  readonly rows: number;
  readonly imputation: NonNullable<MetricsJson['imputation']>;
  readonly forecast: NonNullable<MetricsJson['forecast']>;
  readonly anomaly: NonNullable<MetricsJson['anomaly']>;
  readonly faults: readonly {
    readonly kind: string;
    readonly start: string;
    readonly end: string;
    readonly channels: readonly string[];
    readonly found: boolean;
    readonly delay_minutes: number | null;
    /** A good monitor has noticed it after so long. */
    readonly due_minutes: number;
    readonly in_time: boolean;
    readonly blamed: readonly string[];
  }[];
  readonly false_alarms: readonly {
    readonly start: string;
    readonly end: string;
    readonly blamed: readonly string[];
  }[];
  readonly false_alarms_per_day: number;
  /** What the pipeline asks for; null where it asks for a p-value. */
  readonly false_alarms_per_day_asked: number | null;
}

const minutes = (ms: number): number => Math.round(ms / 60_000);
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

export function faultRows(verdicts: readonly FaultVerdict[]): DemoSummary['faults'] {
  return verdicts.map(({ fault, incident, delayMs, inTime }) => ({
    kind: fault.kind,
    start: iso(fault.startMs),
    end: iso(fault.endMs),
    channels: fault.channels,
    found: incident !== null,
    delay_minutes: delayMs === null ? null : minutes(delayMs),
    due_minutes: minutes(fault.detectWithinMs),
    in_time: inTime,
    blamed: incident?.channels ?? [],
  }));
}

export const alarmRows = (incidents: readonly Incident[]): DemoSummary['false_alarms'] =>
  incidents.map(({ startMs, endMs, channels }) => ({ start: iso(startMs), end: iso(endMs), blamed: channels }));

const figure = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits);
const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : `${(100 * value).toFixed(1)} %`;

/** A table with columns as wide as their cells; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => (row[c] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, c) => (c === 0 ? cell.padEnd(widths[c] as number) : /^[-\d.]/.test(cell) && cell.length < 12 ? cell.padStart(widths[c] as number) : cell.padEnd(widths[c] as number))).join('  ')}`.trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

/** What the demo prints at its end. */
export function demoText(summary: DemoSummary, seconds: number): string {
  const { imputation, forecast } = summary;
  const against = (name: string, label: string, source: typeof imputation | typeof forecast) => {
    const own = source.baselines[name];
    return own === undefined ? [] : [[label, figure(own.mae), figure(own.crps), percent(own.coverage90)]];
  };
  const distribution = ['', 'MAE', 'CRPS', '90 % interval covered'];
  const found = summary.faults.filter((fault) => fault.found).length;
  const inTime = summary.faults.filter((fault) => fault.in_time).length;
  const rate = summary.false_alarms_per_day_asked;
  const asked = rate === null ? '' : `, ${rate} asked for`;
  return [
    `${summary.days} days of ${summary.pipeline}, ${summary.rows} rows, in ${seconds.toFixed(0)} s (model ${summary.model}, engine ${summary.engine}, seed ${summary.seed})`,
    '',
    `Imputation of ${imputation.model.count} missing cells (errors in channel standard deviations)`,
    table(distribution, [
      ['driftcast', figure(imputation.model.mae), figure(imputation.model.crps), percent(imputation.model.coverage90)],
      ...against('base_residuals', 'its base, bootstrap', imputation),
      ...against('linear_interpolation', 'linear interpolation', imputation),
      ...against('last_observed', 'last observed', imputation),
    ]),
    '',
    `Forecast of the next ${forecast.horizon} minutes`,
    table(distribution, [
      ['driftcast', figure(forecast.model.mae), figure(forecast.model.crps), percent(forecast.model.coverage90)],
      ...against('ridge', 'its ridge base alone', forecast),
      ...against('ridge_var', 'ridge VAR', forecast),
      ...against('seasonal_naive', 'seasonal naive', forecast),
      ...against('naive', 'last value', forecast),
    ]),
    '',
    `Faults: ${found} of ${summary.faults.length} found, ${inTime} of them in time, ${summary.false_alarms.length} false alarms (${figure(summary.false_alarms_per_day, 2)} a day${asked})`,
    table(
      ['fault', 'from', 'found after', 'due within', 'shows on', 'blamed'],
      summary.faults.map((fault) => [
        fault.kind,
        fault.start,
        fault.found ? `${fault.delay_minutes} min` : 'missed',
        `${fault.due_minutes} min`,
        fault.channels.join(', '),
        fault.blamed.join(', '),
      ]),
    ),
    ...(summary.false_alarms.length === 0
      ? []
      : ['', 'False alarms', ...summary.false_alarms.map(({ start, blamed }) => `  ${start}  ${blamed.join(', ')}`)]),
  ].join('\n');
}
