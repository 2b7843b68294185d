import type { ComponentConfig, PipelineConfig } from '../../config/pipeline-schema.ts';
import { recogniseTime } from '../../core/recognise-time.ts';
import { openCsv } from '../../source/csv-rows.ts';
import type { SeriesHistory } from '../../window/history.ts';

/**
 * Labels of every series on the grid, [series][row]: 1 where any row of the cell is labelled. A label is a number above 0, or a word
 * that does not say that all is well ('attack', 'true'; not 'normal', 'false').
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
  const index = new Map(series.map((one, i) => [one.series, i]));
  const nameOf = seriesNames(decode);
  for await (const { message, time } of csv.rows()) {
    if (message === null || !isAnomalous(message[column] ?? '')) continue;
    const timeMs = recogniseTime(time, 'auto');
    const i = index.get(nameOf(message));
    if (i === undefined || timeMs === null) continue;
    const { startMs, rows } = series[i] as SeriesHistory;
    const row = Math.floor((timeMs - startMs) / config.window.step_ms); // the grid starts on a step
    if (row >= 0 && row < rows) (labels[i] as Uint8Array)[row] = 1;
  }
  return labels;
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
