import { z } from 'zod';
import { timeFormats } from '../core/recognise-time.ts';

const path = (what: string) => z.string().max(256).describe(`Dotted path of ${what}.`);

const series = z.union([
  z.strictObject({ path: path('the series name (a string or a number)') }),
  z.strictObject({ key: z.literal(true).describe('The key of the message is the series name.') }),
  z.strictObject({ constant: z.string().min(1).describe('Every message belongs to this series.') }),
]);

export const jsonOptions = z.strictObject({
  layout: z
    .enum(['wide', 'narrow'])
    .default('wide')
    .describe('wide: an object holds many channels; narrow: a message is one value of one channel.'),
  time: z
    .strictObject({
      path: path('the event time').default('time'),
      format: z
        .enum([...timeFormats, 'record'])
        .default('auto')
        .describe('auto: ISO 8601, epoch seconds or milliseconds; record: the timestamp of the Kafka message.'),
    })
    .prefault({})
    .describe('Where the event time is. ISO times without a zone are UTC.'),
  series: series.default({ constant: 'default' }).describe('What the readings are grouped by: one device, one series.'),
  values: z
    .strictObject({ path: path('the object that holds the channels; empty: the message itself').default('') })
    .prefault({})
    .describe('wide: where the channels are.'),
  rename: z
    .record(z.string().min(1), z.string().min(1))
    .default({})
    .describe('Name (or dotted path below the values) in the message: name of the channel.'),
  channel_path: path('the name of the channel (narrow)').default('channel'),
  value_path: path('the value (narrow)').default('value'),
  unknown_channels: z
    .enum(['ignore', 'reject'])
    .optional()
    .describe(
      'Names that are no channel. Default: ignore where the channels stand at the top of a wide message, else reject.',
    ),
});
export type JsonOptions = z.output<typeof jsonOptions>;
