import { type ComponentContext, type Decoder, defineDecoder } from '../core/component.ts';
import type { SourceRecord } from '../core/record.ts';
import { createDecoding } from './decoding.ts';
import { Fault } from './fault.ts';
import { type JsonOptions, jsonOptions } from './json-options.ts';
import { createMessageReader } from './json-reading.ts';
import { compileJsonSchema, type JsonValidator } from './json-schema.ts';
import { parseJson } from './json-text.ts';
import { messageBytes } from './message-bytes.ts';
import { RegisteredSchemas, waitingFor } from './registered-schemas.ts';
import { readSchemaHeader } from './schema-header.ts';

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
    {
      framing: 'confluent',
      registry: { url: 'https://registry:8081', username: 'driftcast', password: '${REGISTRY_PASSWORD}' },
      series: { header: 'device' },
    },
  ],
  build: buildJsonDecoder,
});

function buildJsonDecoder(options: JsonOptions, context: ComponentContext): Decoder {
  const { limits } = context;
  const start = createDecoding(context);
  const read = createMessageReader(options, context);
  const schemas =
    options.registry === undefined ? null : new RegisteredSchemas(options.registry, context, compileJsonSchema);
  const open = (record: SourceRecord): { schemaId: number; value: unknown } | Fault => {
    const bytes = messageBytes(record, limits);
    if (bytes instanceof Fault) return bytes;
    const framed = options.framing === 'confluent' ? readSchemaHeader(bytes) : { schemaId: 0, body: bytes };
    if (framed instanceof Fault) return framed;
    const parsed = parseJson(framed.body, limits);
    return parsed instanceof Fault ? parsed : { schemaId: framed.schemaId, value: parsed.value };
  };
  return {
    ...(schemas === null ? {} : waitingFor(schemas, limits)),
    decode(record) {
      const decoding = start(record);
      const opened = open(record);
      const fault = opened instanceof Fault ? opened : violationOf(opened, schemas);
      if (fault !== null) decoding.refuse(fault);
      else read((opened as { value: unknown }).value, record, decoding);
      return decoding.done();
    },
  };
}

function violationOf(
  { schemaId, value }: { schemaId: number; value: unknown },
  schemas: RegisteredSchemas<JsonValidator> | null,
): Fault | null {
  const validate = schemas?.get(schemaId);
  if (validate === undefined || validate instanceof Fault) return validate ?? null;
  const violation = validate(value);
  return violation === null ? null : new Fault('schema_violated', `${violation} (schema ${schemaId})`);
}
