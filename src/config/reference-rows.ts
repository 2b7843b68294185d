import type { JsonSchema } from './json-schema.ts';

/** One key of the reference: 'sampler.steps', 'whole number, 1 to 64', '1', 'Denoiser calls ...'. */
export interface ReferenceRow {
  readonly key: string;
  readonly type: string;
  /** '' where there is none; 'required' where the key must be given. */
  readonly fallback: string;
  readonly description: string;
}

/** The keys of an object and of what is nested in it, in the order of the schema; keys of nested objects are dotted. */
export function referenceRows(schema: JsonSchema, prefix = ''): ReferenceRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    const required = schema.required?.includes(name) === true;
    const row = {
      key,
      type: typeText(property),
      fallback: fallbackText(property, required),
      description: property.description ?? '',
    };
    const nested = nestedObjects(property);
    const inside = nested.flatMap((variant) => referenceRows(variant.inside, `${key}${variant.suffix}.`));
    // Of several possible mappings each has a required key that the others do not know.
    return [row, ...(nested.length > 1 ? inside.map((other) => ({ ...other, fallback: '' })) : inside)];
  });
}

function nestedObjects(property: JsonSchema): { readonly inside: JsonSchema; readonly suffix: string }[] {
  if (property.properties !== undefined) return [{ inside: property, suffix: '' }];
  if (property.items?.properties !== undefined) return [{ inside: property.items, suffix: '[]' }];
  return (property.anyOf ?? [])
    .filter((variant) => variant.properties !== undefined)
    .map((inside) => ({ inside, suffix: '' }));
}

function fallbackText(property: JsonSchema, required: boolean): string {
  if (required) return 'required';
  // A mapping's defaults stand at its keys.
  if (property.default === undefined || property.properties !== undefined) return '';
  const { default: value } = property;
  const text = Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : JSON.stringify(value);
  return `\`${text}\``;
}

const code = (text: string): string => `\`${text}\``;

function typeText(schema: JsonSchema): string {
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) {
    if (variants.some(({ pattern }) => pattern?.includes('(ms|s|m|h|d)'))) return 'duration';
    if (schema.oneOf !== undefined) return 'mapping';
    const objects = variants.filter((variant) => variant.properties !== undefined);
    if (objects.length > 1)
      return `mapping with one of ${objects
        .flatMap(({ required }) => required ?? [])
        .map(code)
        .join(', ')}`;
    return [...new Set(variants.map(typeText))].join(' or ');
  }
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined)
    return schema.enum
      .map((value) => code(/^[\w.-]+$/.test(String(value)) ? String(value) : JSON.stringify(value)))
      .join(', ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'whole number' : 'number'}${rangeText(schema)}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list of ${plural(schema.items ?? {})}${countText(schema)}`;
    case 'object':
      return schema.properties === undefined ? 'mapping of names to values' : 'mapping';
    default:
      return schema.format === 'uri' ? 'URL' : 'text';
  }
}

const PLURALS: Readonly<Record<string, string>> = { object: 'mappings', number: 'numbers', integer: 'whole numbers' };

const plural = (items: JsonSchema): string =>
  items.oneOf === undefined ? (PLURALS[items.type ?? ''] ?? 'texts') : 'mappings';

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const low =
    minimum !== undefined ? `at least ${minimum}` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : null;
  const high =
    maximum !== undefined ? `at most ${maximum}` : exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : null;
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  const parts = [low, high].filter((part) => part !== null);
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function countText({ minItems, maxItems }: JsonSchema): string {
  if (minItems !== undefined && maxItems !== undefined) return `, ${minItems} to ${maxItems}`;
  if (minItems !== undefined) return `, at least ${minItems}`;
  return maxItems === undefined ? '' : `, at most ${maxItems}`;
}
