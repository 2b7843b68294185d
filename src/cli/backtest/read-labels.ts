import type { ComponentConfig, PipelineConfig } from '../../config/pipeline-schema.ts';
import { recogniseTime } from '../../core/recognise-time.ts';
import { openCsv } from '../../source/csv-rows.ts';
import type { SeriesHistory } from '../../window/history.ts';

/**
 * Labels of every series on the grid, [series][row]: 1 where any row of the cell is labelled, and where nothing was read between two
 * such rows: irregular stamps leave cells empty, which is no end of an event. A label is a number above 0, or a word that does not
 * say that all is well ('attack', 'true'; not 'normal', 'false').
 */
export async function readLabels(
  column: string,
  { source, decode }: Pick<PipelineConfig, 'source' | 'decode'>,
  config: PipelineConfig,
  series: readonly SeriesHistory[],
): Promise<Uint8Array[]> {
  const csv = openCsv({
    path: source.path as string,
    delimiter: source.delimiter as string,
    timeColumn: source.time_column as string,
    seriesColumn: source.series_column as string | undefined,
    dropColumns: (source.drop_columns as string[]).filter((name) => name !== column),
    rowBytesMax: config.limits.message_bytes_max,
  });
  const labels = series.map(({ rows }) => new Uint8Array(rows));
  const isRead = series.map(({ rows }) => new Uint8Array(rows));
  const index = new Map(series.map((one, i) => [one.series, i]));
  const nameOf = seriesNames(decode);
  for await (const { message, time } of csv.rows()) {
    if (message === null) continue;
    const timeMs = recogniseTime(time, 'auto');
    const i = index.get(nameOf(message));
    if (i === undefined || timeMs === null) continue;
    const { startMs, rows } = series[i] as SeriesHistory;
    const row = Math.floor((timeMs - startMs) / config.window.step_ms); // the grid starts on a step
    if (row < 0 || row >= rows) continue;
    (isRead[i] as Uint8Array)[row] = 1;
    if (isAnomalous(message[column] ?? '')) (labels[i] as Uint8Array)[row] = 1;
  }
  labels.forEach((own, i) => {
    carryOver(own, isRead[i] as Uint8Array);
  });
  return labels;
}

/** Labels rows that nothing was read of between two labelled ones. */
function carryOver(labels: Uint8Array, isRead: Uint8Array): void {
  let before = -1;
  for (let row = 0; row < labels.length; row++) {
    if (isRead[row] === 0) continue;
    if (before >= 0 && labels[before] === 1 && labels[row] === 1) labels.fill(1, before, row);
    before = row;
  }
}

/** As the decoder names them. */
function seriesNames({ series }: ComponentConfig): (message: Readonly<Record<string, string>>) => string {
  const { constant, path = 'series' } = series as { readonly constant?: string; readonly path?: string };
  return constant === undefined ? (message) => (message[path] ?? '').trim() : () => constant;
}

const ordinaryWords = new Set([
  '',
  'false',
  'f',
  'no',
  'n',
  'normal',
  'ok',
  'none',
  'ordinary',
  'benign',
  'nan',
  'null',
  'na',
  'n/a',
]);

function isAnomalous(label: string): boolean {
  const word = label.trim().toLowerCase();
  const value = Number(word);
  return Number.isNaN(value) ? !ordinaryWords.has(word) : value > 0;
}
