import { z } from 'zod';
import type { Point } from '../core/point.ts';

const series = z.string().min(1).describe('Name of the series; also the key of the message.');
const channel = z.string().min(1).describe('Name of the channel.');
const names = z.string().describe('Channels that contribute most, the largest share first, with semicolons between.');
const yesNo = z.union([z.literal(0), z.literal(1)]);
const level = z.number().int().min(0).describe('How many steps of infer.overload were left out for it; 0: none.');
const timeMs = z
  .number()
  .int()
  .describe('Event time, milliseconds since 1970; the message’s own timestamp is that of sending.');

function message<Tags extends z.ZodRawShape, Fields extends z.ZodType>(
  measurement: string,
  tags: Tags,
  fields: Fields,
  what: string,
) {
  return z
    .strictObject({
      measurement: z.literal(measurement),
      tags: z.strictObject(tags),
      fields,
      time_ms: timeMs,
    })
    .describe(what);
}

/** What stands in the messages of the result topics, by the last part of the topic's name. */
export const kafkaMessages = {
  score: message(
    'driftcast_score',
    { series },
    z.strictObject({
      score: z.number().describe('How unusual the row is, in units of what is ordinary for the series.'),
      p_value: z.number().min(0).max(1).describe('Share of ordinary rows that score at least as high.'),
      alarm: yesNo.describe('1 while an alarm is open.'),
      learning: yesNo.describe('1 while too few scores are remembered for alarms.'),
      top_channels: names,
      level,
      group: z
        .string()
        .min(1)
        .optional()
        .describe('The group of channels that says so, where the pipeline has groups.'),
    }),
    'The anomaly score of one row of a series.',
  ),
  value: message(
    'driftcast_value',
    { series, channel },
    z.union([
      z.strictObject({ observed: z.number().describe('What was measured.') }),
      z.strictObject({
        imputed: z.number().describe('Median of what is likely where nothing was measured.'),
        imputed_p05: z.number().describe('Lowest quantile of the pipeline, 5 % by default.'),
        imputed_p95: z.number().describe('Highest quantile of the pipeline, 95 % by default.'),
        final: yesNo.describe('0: will be written again with the context that comes after it.'),
        level,
      }),
    ]),
    'One cell of the grid: measured, or imputed.',
  ),
  forecast: message(
    'driftcast_forecast',
    { series, channel },
    z
      .object({
        horizon_steps: z.number().int().min(1).describe('Rows between the forecast and the time it speaks of.'),
        level,
      })
      .catchall(z.number())
      .describe(
        'Beside horizon_steps and level one number a quantile of the pipeline: p05, p50, p95, p02_5 for 2.5 %.',
      ),
    'One cell of a forecast; time_ms is the time that it speaks of.',
  ),
  alert: message(
    'driftcast_alert',
    { series, kind: z.enum(['anomaly', 'silent', 'drift']).describe('What the alert is about.') },
    z.strictObject({
      state: z.enum(['pending', 'firing', 'resolved']),
      summary: z.string().describe('What happened, in words.'),
      id: z.string().min(1).describe('The same through the life of an alert.'),
      peak_score: z.number().describe('0 where it is no anomaly.'),
      min_p_value: z.number().min(0).max(1).describe('1 where it is no anomaly.'),
      channels: names,
      start_ms: z.number().int().describe('Event time at which it began.'),
      peak_ms: z.number().int().describe('Of an anomaly: the row with the highest score so far.'),
      first_channel: z
        .string()
        .describe('Of an anomaly: the channel that was out of the ordinary first; empty if that is not known.'),
    }),
    'One change of an alert’s state.',
  ),
} as const;

export type KafkaTopic = keyof typeof kafkaMessages;
export const kafkaTopics = Object.keys(kafkaMessages) as readonly KafkaTopic[];

/** Which schema a message keeps to; its header `schema` says it, and the file in schemas/ has it as its `$id`. */
export const kafkaSchemaId = (topic: string): string => `urn:driftcast:kafka:${topic}:1`;

/** 'score' of a point of measurement driftcast_score. */
export const topicOf = ({ measurement }: Point): string => measurement.replace(/^driftcast_/, '');

/** One JSON Schema a topic (draft 7, like that of the pipeline file). */
export function kafkaMessageSchema(topic: KafkaTopic): object {
  const { $schema, ...rest } = z.toJSONSchema(kafkaMessages[topic], { target: 'draft-7' });
  return { $schema, $id: kafkaSchemaId(topic), title: `driftcast ${topic} message`, ...rest };
}
