import { type ComponentContext, type Decoder, defineDecoder } from '../core/component.ts';
import { createDecoding, readingsPerMessageMax } from './decoding.ts';
import { Fault } from './fault.ts';
import { type JsonOptions, jsonOptions } from './json-options.ts';
import { createJsonReader } from './json-reading.ts';
import { parseJson } from './json-text.ts';

export { jsonOptions };

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
    {
      series: { path: 'meta.id' },
      values: { path: 'data' },
      rename: { t1: 'temperature' },
      unknown_channels: 'ignore',
    },
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
