import { z } from 'zod';
import type { Registry } from '../core/registry.ts';
import { formatDuration } from './format-duration.ts';
import { pipelineSchema } from './pipeline-schema.ts';
import { holdsSecret } from './secrets.ts';

/** As much of JSON Schema (draft 7) as zod writes and the reference reads. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly examples?: readonly unknown[];
}

/**
 * The JSON Schema of a pipeline file as it is written (durations as text, defaults left out), for editors' YAML
 * support. Draft 7 is what they all read.
 */
export function pipelineJsonSchema(registry: Registry): JsonSchema {
  const generated = z.toJSONSchema(pipelineSchema(registry), {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema, path }) => {
      // zod leaves out the defaults of what it transforms: it only knows the result, milliseconds.
      const isDuration = jsonSchema.anyOf?.some((variant) => (variant as JsonSchema).pattern?.includes('(ms|s|m|h|d)'));
      if (isDuration === true && zodSchema instanceof z.ZodDefault)
        jsonSchema.default = formatDuration(Number(zodSchema.def.defaultValue));
      // Editors mark a secret that is written down; what it may be after that, only the loader sees.
      if (holdsSecret(['source', ...path.map(String)]) && jsonSchema.type === 'string')
        jsonSchema.pattern = '^$|\\$\\{[^}]+\\}';
      // Bounds and defaults that say "none" only confuse a reader.
      if (Math.abs(Number(jsonSchema.default)) === Number.MAX_VALUE) delete jsonSchema.default;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as JsonSchema;
  const { $schema, ...rest } = generated as JsonSchema & { readonly $schema: string };
  const { source, decode, sinks, dead_letter } = rest.properties as Record<
    'source' | 'decode' | 'sinks' | 'dead_letter',
    JsonSchema
  >;
  return {
    $schema,
    $id: 'urn:driftcast:pipeline:1',
    title: 'driftcast pipeline',
    ...rest,
    properties: {
      ...rest.properties,
      source: withExamples(source, registry.sources),
      decode: withExamples(decode, registry.decoders),
      sinks: { ...sinks, items: withExamples(sinks.items ?? {}, registry.sinks) },
      dead_letter: withExamples(dead_letter, registry.deadLetters),
    },
  } as JsonSchema;
}

type Examples = ReadonlyMap<string, { readonly examples: readonly unknown[] }>;

/** Gives each variant its component's examples, whole: with their `type`; `type` comes first among the properties. */
function withExamples(choice: JsonSchema, specs: Examples): JsonSchema {
  const variants = choice.oneOf?.map((variant) => {
    const { type, ...properties } = variant.properties as Readonly<Record<string, JsonSchema>>;
    const examples = specs.get(String(type.const))?.examples ?? [];
    return {
      ...variant,
      properties: { type, ...properties },
      examples: examples.map((example) => ({ type: type.const, ...(example as object) })),
    };
  });
  return variants === undefined ? choice : { ...choice, oneOf: variants };
}
