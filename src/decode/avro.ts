import { readFileSync } from 'node:fs';
import type { Type } from 'avsc';
import { type ComponentContext, type Decoder, defineDecoder } from '../core/component.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { parseAvroSchema } from './avro-schema.ts';
import { readAvro } from './avro-value.ts';
import { createDecoding } from './decoding.ts';
import { Fault } from './fault.ts';
import { type AvroOptions, avroOptions } from './json-options.ts';
import { createMessageReader } from './json-reading.ts';
import { messageBytes } from './message-bytes.ts';
import { RegisteredSchemas, waitingFor } from './registered-schemas.ts';
import { readSchemaHeader } from './schema-header.ts';
import type { RegisteredSchema } from './schema-registry.ts';

/**
 * Avro records, or arrays of them, read as the json decoder reads objects: paths go through nested records and maps, unions with
 * null are missing cells, enums text, logical timestamps times, decimals numbers. Each message is read with the schema that it
 * was written with, so producers may change theirs as long as the fields that the paths name are there.
 */
export const avroDecoder = defineDecoder({
  kind: 'decoder',
  type: 'avro',
  summary: 'Avro records, with the ids of a schema registry or bare with a schema file: wide or narrow.',
  options: avroOptions,
  examples: [
    { schema: { registry: { url: 'http://localhost:8081' } }, series: { path: 'device' } },
    {
      schema: { registry: { url: 'https://registry:8081', username: 'driftcast', password: '${REGISTRY_PASSWORD}' } },
      series: { key: true },
      time: { path: 'header.measured_at' },
      values: { path: 'body' },
    },
    { schema: { file: 'reading.avsc' }, layout: 'narrow', series: { header: 'device' }, time: { format: 'record' } },
  ],
  build: buildAvroDecoder,
});

function buildAvroDecoder(options: AvroOptions, context: ComponentContext): Decoder {
  const { limits } = context;
  const start = createDecoding(context);
  const read = createMessageReader(options, context);
  const { open, waiting } = schemaOf(options.schema, context);
  return {
    ...waiting,
    decode(record) {
      const decoding = start(record);
      const bytes = messageBytes(record, limits);
      const opened = bytes instanceof Fault ? bytes : open(bytes);
      const parsed = opened instanceof Fault ? opened : readAvro(opened.type, opened.body, limits.nestingMax);
      if (parsed instanceof Fault) decoding.refuse(parsed);
      else read(parsed.value, record, decoding);
      return decoding.done();
    },
  };
}

interface Opened {
  readonly type: Type;
  readonly body: Buffer;
}

/** How a message finds its schema, and what may have to be waited for before it does. */
function schemaOf(
  schema: AvroOptions['schema'],
  context: ComponentContext,
): { readonly open: (bytes: Buffer) => Opened | Fault; readonly waiting: Partial<Decoder> } {
  if ('file' in schema) {
    const type = typeInFile(schema.file, context);
    return { open: (body) => ({ type, body }), waiting: {} };
  }
  const schemas = new RegisteredSchemas(schema.registry, context, compile);
  const open = (bytes: Buffer): Opened | Fault => {
    const framed = readSchemaHeader(bytes);
    if (framed instanceof Fault) return framed;
    const type = schemas.get(framed.schemaId);
    return type instanceof Fault ? type : { type, body: framed.body };
  };
  return { open, waiting: waitingFor(schemas, context.limits) };
}

function compile({ type, text, references }: RegisteredSchema): Type {
  if (type !== 'AVRO') throw new Error(`it is of type ${type}, expected AVRO`);
  return parseAvroSchema(
    text,
    references.map((reference) => reference.text),
  );
}

function typeInFile(file: string, context: ComponentContext): Type {
  try {
    return parseAvroSchema(readFileSync(context.resolvePath(file), 'utf8'));
  } catch (cause) {
    throw new DriftcastError('CONFIG_INVALID', `reading the Avro schema ${file}: ${messageOf(cause)}`, {
      cause,
      hint: 'Check decode.schema.file, relative to the pipeline file: a schema in JSON, as .avsc files are.',
    });
  }
}
