import { z } from 'zod';
import type { ConfigPath } from './problem.ts';

/** What is inside of defaults, optionals and transforms: the schema of what a person writes. */
export function unwrap(schema: z.ZodType): z.ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
      inner = inner.unwrap() as z.ZodType;
    } else if (inner instanceof z.ZodNullable || inner instanceof z.ZodReadonly) {
      inner = inner.unwrap() as z.ZodType;
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.in as z.ZodType;
    } else return inner;
  }
}

/** The value of `type` that an object of a discriminated union must have. */
export function typeOf(variant: z.ZodType): string | null {
  const inner = unwrap(variant);
  if (!(inner instanceof z.ZodObject)) return null;
  const literal = inner.shape.type;
  return literal instanceof z.ZodLiteral ? String(literal.value) : null;
}

/** The schema at a path, choosing a union's variant by the data's own `type`; null where the path leads nowhere. */
export function schemaAt(root: z.ZodType, path: ConfigPath, data: unknown): z.ZodType | null {
  let schema: z.ZodType | null = pick(root, data);
  let value = data;
  for (const key of path) {
    if (schema instanceof z.ZodObject) schema = Object.hasOwn(schema.shape, key) ? schema.shape[key] : null;
    else if (schema instanceof z.ZodArray) schema = schema.element as z.ZodType;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType as z.ZodType;
    else schema = null;
    if (schema === null) return null;
    value = valueIn(value, key);
    schema = pick(schema, value);
  }
  return schema;
}

/** The plain value at a path, or undefined. */
export const valueAt = (data: unknown, path: ConfigPath): unknown => path.reduce<unknown>(valueIn, data);

function valueIn(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

/** Unwraps, and of a union takes the variant that the data is meant to be; the union itself where several may be. */
function pick(schema: z.ZodType, data: unknown): z.ZodType {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodUnion)) return inner;
  const type = valueIn(data, 'type');
  const byType = variantsOf(inner).find((variant) => typeOf(variant) !== null && typeOf(variant) === type);
  if (byType !== undefined) return byType;
  const objects = variantsOf(inner).filter((variant) => variant instanceof z.ZodObject);
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  return isObject && objects.length === 1 ? objects[0] : inner;
}

/** The variants of a union, unwrapped; of anything else itself. */
export function variantsOf(schema: z.ZodType): z.ZodType[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? (inner.options as readonly z.ZodType[]).map(unwrap) : [inner];
}

/** The keys that an object at this schema may have, over all variants of a union. */
export const keysOf = (schema: z.ZodType | null): string[] =>
  schema === null
    ? []
    : [
        ...new Set(
          variantsOf(schema).flatMap((variant) => (variant instanceof z.ZodObject ? Object.keys(variant.shape) : [])),
        ),
      ];
