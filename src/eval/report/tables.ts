import type { AnomalyJson, DistributionJson } from '../metrics-json.ts';
import { escapeText } from '../svg/escape.ts';
import { absent, formatDuration, formatNumber, formatPercent, groupThousands } from '../svg/format.ts';
import { type Better, cost } from './compare.ts';

export interface Beside<Row> {
  readonly model: Row;
  readonly baselines: Readonly<Record<string, Row>>;
}

interface Column<Row> {
  readonly name: string;
  readonly value: (row: Row) => number | null;
  readonly show: (value: number, row: Row, decimals: number) => string;
  /** null: not judged. */
  readonly better: Better | null;
}

const fixed = (value: number, _row: unknown, decimals: number): string => value.toFixed(decimals);
const percent = (value: number): string => formatPercent(value);

const distributionColumns: readonly Column<DistributionJson>[] = [
  { name: 'CRPS', value: (row) => row.crps, show: fixed, better: 'smaller' },
  { name: 'MAE', value: (row) => row.mae, show: fixed, better: 'smaller' },
  { name: 'RMSE', value: (row) => row.rmse, show: fixed, better: 'smaller' },
  { name: 'Coverage of 90 %', value: (row) => row.coverage90, show: percent, better: { closeTo: 0.9 } },
  { name: 'Width of 90 %', value: (row) => row.width90, show: fixed, better: null },
  { name: 'Cells', value: (row) => row.count, show: groupThousands, better: null },
  { name: 'Unanswered', value: (row) => row.unanswered, show: groupThousands, better: null },
];

const anomalyColumns: readonly Column<AnomalyJson>[] = [
  { name: 'VUS-PR', value: (row) => row.vus_pr, show: fixed, better: 'larger' },
  { name: 'VUS-ROC', value: (row) => row.vus_roc, show: fixed, better: 'larger' },
  { name: 'AUC-PR', value: (row) => row.auc_pr, show: fixed, better: 'larger' },
  { name: 'F1, row by row', value: (row) => row.f1, show: fixed, better: 'larger' },
  {
    name: 'Events found',
    value: (row) => row.events_found,
    show: (value, row) => `${value} of ${row.events}`,
    better: 'larger',
  },
  { name: 'Median delay', value: (row) => row.delay_ms_median, show: formatDuration, better: null },
  { name: 'False alarms', value: (row) => row.false_alarms, show: groupThousands, better: null },
  { name: 'False alarms a day', value: (row) => row.false_alarms_per_day, show: formatNumber, better: 'smaller' },
];

/** Model first, references by CRPS; the best of each column in bold. */
export function renderDistributionTable(scores: Beside<DistributionJson>): string {
  const unanswered = [scores.model, ...Object.values(scores.baselines)].some((row) => row.unanswered > 0);
  return renderTable(
    scores,
    unanswered ? distributionColumns : distributionColumns.slice(0, -1),
    (row) => row.crps ?? Number.POSITIVE_INFINITY,
  );
}

/** Model first, references by VUS-PR; the best of each column in bold. */
export function renderAnomalyTable(scores: Beside<AnomalyJson>): string {
  return renderTable(scores, anomalyColumns, (row) => -(row.vus_pr ?? Number.NEGATIVE_INFINITY));
}

function renderTable<Row>(scores: Beside<Row>, columns: readonly Column<Row>[], order: (row: Row) => number): string {
  const baselines = Object.entries(scores.baselines).sort(([, a], [, b]) => order(a) - order(b));
  const rows: readonly (readonly [string, Row])[] = [['model', scores.model], ...baselines];
  const cells = columns.map((column) =>
    renderColumn(
      column,
      rows.map(([, row]) => row),
    ),
  );
  const head = columns.map((column) => `<th scope="col">${escapeText(column.name)}</th>`).join('');
  const body = rows.map(([name], r) => {
    const className = r === 0 ? ' class="model"' : '';
    return `<tr${className}><td>${escapeText(name)}</td>${cells.map((column) => column[r]).join('')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr><th scope="col">Method</th>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** One <td> a row. What looks equal to the best at the printed precision is as good: bold too. Alone, nothing is best. */
function renderColumn<Row>(column: Column<Row>, rows: readonly Row[]): string[] {
  const values = rows.map(column.value);
  const decimals = decimalsOf(values);
  const shown = rows.map((row, r) => {
    const value = values[r];
    return value === null ? absent : column.show(value, row, decimals);
  });
  const { better } = column;
  const costs = values.map((value) =>
    value === null || better === null ? Number.POSITIVE_INFINITY : cost(value, better),
  );
  const least = Math.min(...costs);
  const judged = costs.filter(Number.isFinite).length > 1;
  const best = judged ? shown[costs.indexOf(least)] : null;
  return shown.map((text) => `<td${text === best ? ' class="best"' : ''}>${escapeText(text)}</td>`);
}

/** Three significant digits of the smallest value, two to five decimals. */
function decimalsOf(values: readonly (number | null)[]): number {
  const magnitudes = values.flatMap((value) => (value === null || value === 0 ? [] : [Math.abs(value)]));
  if (magnitudes.length === 0) return 2;
  return Math.min(5, Math.max(2, 2 - Math.floor(Math.log10(Math.min(...magnitudes)))));
}
