import { z } from 'zod';
import { seriesBeside, timeFormatOption, timeHeaderOption } from './message-parts.ts';
import { registryOptions } from './registry-options.ts';

const path = (what: string) => z.string().max(256).describe(`Dotted path of ${what}.`);

const series = z.union([z.strictObject({ path: path('the series name (a string or a number)') }), ...seriesBeside]);

/** Where in an object time, series and channels are: of every decoder of objects. */
export const objectShape = {
  layout: z
    .enum(['wide', 'narrow'])
    .default('wide')
    .describe('wide: an object holds many channels; narrow: a message is one value of one channel.'),
  time: z
    .strictObject({
      path: path('the event time').default('time'),
      header: timeHeaderOption,
      format: timeFormatOption,
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
} as const;
const objectOptions = z.strictObject(objectShape);
export type ObjectOptions = z.output<typeof objectOptions>;

export const jsonOptions = z
  .strictObject({
    ...objectShape,
    framing: z
      .enum(['none', 'confluent'])
      .default('none')
      .describe(
        'confluent: a zero byte and the id of a schema stand before the JSON, as JSON Schema serializers write it.',
      ),
    registry: registryOptions
      .optional()
      .describe(
        'With framing: confluent: registry of the schemas. Messages that violate theirs are dead-lettered. Without: the id is not looked at.',
      ),
  })
  .refine(({ framing, registry }) => registry === undefined || framing === 'confluent', {
    path: ['framing'],
    message: 'expected confluent where a registry is given: without it messages do not say which schema is theirs',
  });
export type JsonOptions = z.output<typeof jsonOptions>;

export const avroOptions = z.strictObject({
  ...objectShape,
  schema: z
    .union([
      z.strictObject({
        registry: registryOptions,
      }),
      z.strictObject({
        file: z
          .string()
          .min(1)
          .describe('File of the one schema (.avsc), relative to the pipeline file: messages are bare Avro.'),
      }),
    ])
    .describe('Whose schema reads the messages: the one that each names by its id, in a registry, or one from a file.'),
});
export type AvroOptions = z.output<typeof avroOptions>;
