import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { preview } from './fault.ts';
import type { RegisteredSchema } from './schema-registry.ts';

/** What is wrong with a message, and where in it; null: nothing. */
export type JsonValidator = (value: unknown) => string | null;

/** Schemas carry keywords of their tools (connect.type ...), and formats that only others know. */
const options: Options = { strict: false, logger: false, allErrors: false };
const draftsOf7 = /draft-0[67]\/schema#?$/;

/** Compiles a JSON Schema of draft 6, 7, 2019-09 or 2020-12 (7 where it does not say). Throws an Error where it cannot be used. */
export function compileJsonSchema({ type, text, references }: RegisteredSchema): JsonValidator {
  if (type !== 'JSON') throw new Error(`it is of type ${type}, expected JSON`);
  const schema = parsed(text);
  const ajv = validatorOf(typeof schema === 'boolean' ? undefined : schema.$schema);
  addFormats.default(ajv);
  for (const reference of references) ajv.addSchema(bare(parsed(reference.text)), reference.name);
  const validate = ajv.compile(bare(schema));
  return (value) => (validate(value) ? null : violation(validate));
}

type Schema = boolean | Readonly<Record<string, unknown>>;

function parsed(text: string): Schema {
  const schema: unknown = JSON.parse(text);
  if (typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema)))
    return schema as Schema;
  throw new Error(`expected a schema, got ${preview(schema)}`);
}

function validatorOf(draft: unknown): Ajv {
  if (draft === undefined || (typeof draft === 'string' && draftsOf7.test(draft))) return new Ajv(options);
  if (String(draft).includes('2019-09')) return new Ajv2019(options);
  if (String(draft).includes('2020-12')) return new Ajv2020(options);
  throw new Error(`$schema ${preview(draft)}: drafts 6, 7, 2019-09 and 2020-12 are known`);
}

/** Without the name of its draft, which the validator would look up. */
function bare(schema: Schema): Schema {
  if (typeof schema === 'boolean') return schema;
  const { $schema: _, ...rest } = schema;
  return rest;
}

function violation({ errors }: ValidateFunction): string {
  const [first] = errors ?? [];
  if (first === undefined) return 'violates its schema';
  const { additionalProperty } = first.params as { readonly additionalProperty?: unknown };
  const named = additionalProperty === undefined ? '' : ` (${preview(additionalProperty)})`;
  return `at ${first.instancePath === '' ? 'the top' : first.instancePath}: ${first.message ?? 'violates its schema'}${named}`;
}
