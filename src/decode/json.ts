import { z } from 'zod';
import { type ComponentContext, type Decoder, defineDecoder } from '../core/component.ts';
import { timeFormats } from '../core/recognise-time.ts';
import { createDecoding, readingsPerMessageMax } from './decoding.ts';
import { Fault } from './fault.ts';
import { createJsonReader } from './json-reading.ts';
import { parseJson } from './json-text.ts';

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
    .describe('Names that are no channel. Default: ignore where the channels stand at the top of a wide message, else reject.'),
});
export type JsonOptions = z.output<typeof jsonOptions>;

/**
 * JSON objects, or arrays of them (each element a reading, at most 10,000). Absent, null, '', 'NaN', 'null' and 'NA' are
 * missing cells and no error, and so is Python's bare NaN; numeric strings count as numbers, booleans as 0 and 1. A cell
 * that cannot be used costs its channel only. A reading without any usable cell is still one: the device is alive.
 */
export const jsonDecoder = defineDecoder({
  kind: 'decoder',
  type: 'json',
  summary: 'JSON messages, one object or an array of them: wide (many channels a message) or narrow (one).',
  options: jsonOptions,
  examples: [
    { series: { path: 'device' } },
    { layout: 'narrow', series: { key: true }, time: { path: 'ts' }, channel_path: 'tag', value_path: 'v' },
    { series: { path: 'meta.id' }, values: { path: 'data' }, rename: { t1: 'temperature' }, unknown_channels: 'ignore' },
  ],
  build: buildJsonDecoder,
});

function buildJsonDecoder(options: JsonOptions, context: ComponentContext): Decoder {
  const start = createDecoding(context);
  const read = createJsonReader(options, context);
  return {
    decode(record) {
      const decoding = start(record);
      const parsed = parseJson(record, context.limits);
      if (parsed instanceof Fault) decoding.refuse(parsed);
      else if (Array.isArray(parsed.value)) {
        const fault = countFault(parsed.value.length);
        if (fault !== null) decoding.refuse(fault);
        else for (const element of parsed.value) read(element, record, decoding, () => JSON.stringify(element));
      } else read(parsed.value, record, decoding);
      return decoding.done();
    },
  };
}

function countFault(count: number): Fault | null {
  if (count === 0) return new Fault('no_values', 'an array without elements');
  if (count <= readingsPerMessageMax) return null;
  return new Fault('too_large', `an array of ${count} elements, at most ${readingsPerMessageMax} are taken`);
}
