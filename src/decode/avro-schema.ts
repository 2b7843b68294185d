import avro, { type Type } from 'avsc';

/** Logical types that mean something here; of all others the bare value counts. */
export const logicalNames = [
  'timestamp-millis',
  'timestamp-micros',
  'timestamp-nanos',
  'local-timestamp-millis',
  'local-timestamp-micros',
  'local-timestamp-nanos',
  'decimal',
] as const;

/** Keeps the name of a logical type on the parsed schema: values are read elsewhere. */
class Named extends avro.types.LogicalType {
  readonly scale: number;

  constructor(schema: avro.Schema, options?: unknown) {
    super(schema, options);
    const { scale } = schema as { readonly scale?: unknown };
    this.scale = typeof scale === 'number' && scale >= 0 && scale <= 400 ? scale : 0;
  }
}

const logicalTypes = Object.fromEntries(logicalNames.map((name) => [name, Named]));

/**
 * Parses an Avro schema, in JSON. `references` come first: named types that it uses.
 * Throws an Error that says what is wrong with the schema.
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): Type {
  const registry: Record<string, Type> = {};
  const parse = (one: string): Type =>
    avro.Type.forSchema(schemaIn(one), { registry, logicalTypes, wrapUnions: 'always' });
  for (const reference of references) parse(reference);
  return parse(text);
}

/** A primitive type may stand bare ("string") or in quotes. */
function schemaIn(text: string): avro.Schema {
  const trimmed = text.trim();
  return (/^[a-z]+$/.test(trimmed) ? trimmed : JSON.parse(trimmed)) as avro.Schema;
}
