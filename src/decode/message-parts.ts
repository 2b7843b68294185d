import { z } from 'zod';
import { timeFormats } from '../core/recognise-time.ts';
import type { SourceRecord } from '../core/record.ts';

/** Series names that do not stand in the message's value. */
export const seriesBeside = [
  z.strictObject({ key: z.literal(true).describe('The key of the message is the series name.') }),
  z.strictObject({ header: z.string().min(1).max(256).describe('Header of the message that is the series name.') }),
  z.strictObject({ constant: z.string().min(1).describe('Every message belongs to this series.') }),
] as const;
export type SeriesBeside = z.output<(typeof seriesBeside)[number]>;

/** Reads the series name; undefined or null where the message has none. */
export function seriesBesideReader(series: SeriesBeside): (record: SourceRecord) => string | null | undefined {
  if ('constant' in series) return () => series.constant;
  if ('key' in series) return (record) => record.key;
  return (record) => record.headers?.get(series.header);
}

export const timeFormatOption = z
  .enum([...timeFormats, 'record'])
  .default('auto')
  .describe('auto: ISO 8601, epoch seconds or milliseconds; record: the timestamp of the Kafka message.');

export const timeHeaderOption = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .describe('Header of the message that holds the event time, in place of its value.');

/** The event time of a message whose format has a place of its own for it. */
export const timeBeside = z
  .strictObject({ header: timeHeaderOption, format: timeFormatOption })
  .optional()
  .describe('Takes the event time from beside the message: its timestamp (format: record) or a header.');
export type TimeBeside = z.output<typeof timeBeside>;
