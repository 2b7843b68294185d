import { z } from 'zod';
import { type ComponentContext, defineSource, type Source } from '../core/component.ts';
import { recogniseTime } from '../core/recognise-time.ts';
import { type CsvRow, openCsv } from './csv-rows.ts';
import { createFeedSource, type FeedItem } from './feed-source.ts';

export const replayOptions = z.strictObject({
  path: z.string().min(1).describe('CSV file with a header line (.csv, .csv.gz), relative to the pipeline file.'),
  time_column: z
    .string()
    .min(1)
    .default('time')
    .describe('Column of the event time: ISO 8601, epoch seconds or milliseconds.'),
  series_column: z
    .string()
    .min(1)
    .optional()
    .describe('Column of the series name. Default: the one named "series", if there is one.'),
  drop_columns: z
    .array(z.string().min(1))
    .max(1000)
    .default([])
    .describe('Columns that are no channels, such as labels.'),
  delimiter: z.enum([',', ';', '\t', '|']).default(',').describe('What separates the columns.'),
  speed: z.number().min(0).default(0).describe('Multiple of real time. 0: as fast as the pipeline takes it.'),
});
export type ReplayOptions = z.output<typeof replayOptions>;

const WARNINGS_MAX = 5;

/**
 * Messages for the `json` decoder in wide layout: {"time": "...", "series": "...", "<column>": "text of the cell", ...}. Rows
 * with a wrong number of columns are passed on as text that says so, for the decoder to refuse with the row kept.
 */
export const replaySource = defineSource({
  kind: 'source',
  type: 'replay',
  summary: 'A CSV file, replayed as a feed at any speed.',
  options: replayOptions,
  examples: [
    { path: 'history.csv' },
    { path: 'plant.csv.gz', time_column: 'date', series_column: 'station', drop_columns: ['label'], speed: 60 },
  ],
  build: buildReplaySource,
});

function buildReplaySource(options: ReplayOptions, context: ComponentContext): Source {
  const csv = openCsv({
    path: context.resolvePath(options.path),
    delimiter: options.delimiter,
    timeColumn: options.time_column,
    seriesColumn: options.series_column,
    dropColumns: options.drop_columns,
    rowBytesMax: context.limits.messageBytesMax,
  });
  let warnings = 0;
  async function* feed(): AsyncGenerator<FeedItem> {
    for await (const row of csv.rows()) {
      if (row.problem !== null && warnings < WARNINGS_MAX) {
        warnings += 1;
        context.telemetry.log('warn', `replaying ${options.path}: ${row.problem.slice(0, 200)}`);
      }
      yield csvItem(row);
    }
  }
  return createFeedSource({
    topic: 'replay',
    clock: context.clock,
    speed: options.speed,
    open: feed,
    progress: csv.progress,
  });
}

/** The message of a row: its JSON, nothing for an empty line, or the text of what is wrong with it. */
export function csvItem(row: CsvRow): FeedItem {
  if (row.message === null) {
    return { key: null, value: row.problem === null ? null : Buffer.from(row.problem), timestampMs: null };
  }
  return {
    key: row.series,
    value: Buffer.from(JSON.stringify(row.message)),
    timestampMs: recogniseTime(row.time, 'auto'),
  };
}
