import type { ComponentConfig, PipelineConfig } from '../../config/pipeline-schema.ts';
import { DriftcastError } from '../../core/errors.ts';
import { recogniseTime } from '../../core/recognise-time.ts';
import { openCsv } from '../../source/csv-rows.ts';
import type { SeriesHistory } from '../../window/history.ts';

/** Labels of every series on the grid: 1 where any row of the cell is labelled. [series][row] */
export async function readLabels(
  file: string,
  column: string,
  source: ComponentConfig,
  decode: ComponentConfig,
  config: PipelineConfig,
  series: readonly SeriesHistory[],
): Promise<Uint8Array[]> {
  const drops = ((source.drop_columns as string[] | undefined) ?? []).filter((name) => name !== column);
  const csv = openCsv({
    path: file,
    delimiter: (source.delimiter as string | undefined) ?? ',',
    timeColumn: (source.time_column as string | undefined) ?? 'time',
    seriesColumn: source.series_column as string | undefined,
    dropColumns: drops,
    rowBytesMax: config.limits.message_bytes_max,
  });
  const labels = series.map(({ rows }) => new Uint8Array(rows));
  const index = new Map(series.map((one, i) => [one.series, i]));
  const constant = (decode.series as { constant?: string } | undefined)?.constant;
  for await (const { message, time, series: name } of csv.rows()) {
    if (message === null || time === null) continue;
    if (!(column in message))
      throw new DriftcastError('USAGE', `reading labels from ${file}: there is no column "${column}"`, {
        hint: `Columns: ${Object.keys(message).slice(0, 12).join(', ')}`,
      });
    const i = index.get(constant ?? name ?? 'default');
    const timeMs = recogniseTime(time, 'auto');
    const value = (message[column] ?? '').trim().toLowerCase();
    if (i === undefined || timeMs === null || !isAnomalous(value)) continue;
    const row =
      Math.floor(timeMs / config.window.step_ms) -
      Math.round((series[i] as SeriesHistory).startMs / config.window.step_ms);
    if (row >= 0 && row < (labels[i] as Uint8Array).length) (labels[i] as Uint8Array)[row] = 1;
  }
  return labels;
}

const isAnomalous = (value: string): boolean =>
  Number(value) > 0 || value === 'true' || value === 'yes' || value === 'anomaly';
