import { z } from 'zod';
import type { Registry } from '../core/registry.ts';
import { crossCheck } from './cross-checks.ts';
import { baseShape } from './schema.ts';

type AnySpec = { readonly type: string; readonly summary: string; readonly options: z.ZodType };

/**
 * A `type` picks a component; the rest of the object are its own options, strictly, with the component's own checks.
 */
function choice(specs: ReadonlyMap<string, AnySpec>, what: string) {
  const variants = [...specs.values()].map((spec) => {
    if (!(spec.options instanceof z.ZodObject))
      throw new TypeError(`${what} ${spec.type}: options must be a zod object`);
    return spec.options
      .strict()
      .safeExtend({ type: z.literal(spec.type).describe(spec.summary) })
      .describe(spec.summary);
  });
  return z.discriminatedUnion('type', variants as never) as unknown as z.ZodType<ComponentConfig>;
}

export interface ComponentConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** The whole pipeline file: the one source of validation, JSON Schema, reference and editor help. */
export function pipelineSchema(registry: Registry) {
  return z
    .strictObject({
      ...baseShape,
      source: choice(registry.sources, 'source').describe('Where messages come from.'),
      decode: choice(registry.decoders, 'decoder').describe('How a message becomes readings.'),
      sinks: z
        .array(choice(registry.sinks, 'sink'))
        .min(1)
        .max(16)
        .describe('Where results go; offsets wait for all of them.'),
      dead_letter: choice(registry.deadLetters, 'dead-letter sink').describe(
        'Where messages go that cannot be used, with the reason.',
      ),
    })
    .superRefine((config, context) => {
      crossCheck(config, (path, message) => context.addIssue({ code: 'custom', path: [...path], message }));
    });
}

export type PipelineConfig = Readonly<z.output<ReturnType<typeof pipelineSchema>>>;
