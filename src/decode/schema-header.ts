import { Fault } from './fault.ts';

const magic = 0;
export const schemaHeaderBytes = 5;

/** A message as the serializers of a schema registry write it: a zero byte, the id of its schema in four bytes, then the body. */
export interface Framed {
  readonly schemaId: number;
  readonly body: Buffer;
}

/** https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format */
export function readSchemaHeader(bytes: Buffer): Framed | Fault {
  if (bytes.length < schemaHeaderBytes || bytes[0] !== magic) {
    const got = bytes.subarray(0, schemaHeaderBytes).toString('hex');
    return new Fault('header_invalid', `expected a zero byte and the id of a schema in four bytes, got ${got} (hex)`);
  }
  return { schemaId: bytes.readUInt32BE(1), body: bytes.subarray(schemaHeaderBytes) };
}
