import type { ComponentContext, Decoder } from '../core/component.ts';
import { messageOf } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { Fault } from './fault.ts';
import { messageBytes } from './message-bytes.ts';
import type { RegistryOptions } from './registry-options.ts';
import { readSchemaHeader } from './schema-header.ts';
import { type RegisteredSchema, SchemaRegistry } from './schema-registry.ts';

/** How long it counts that a registry has no such schema: one that lags behind another may have it soon. */
const unknownForMs = 60_000;

interface Known<T> {
  readonly schema: T | Fault;
  /** By the monotonic clock. */
  readonly untilMs: number;
}

/** What decoders make of the schemas of a registry: asked for once, compiled once, at most `schemas_max` of them kept. */
export class RegisteredSchemas<T> {
  readonly #registry: SchemaRegistry;
  readonly #schemasMax: number;
  readonly #clock: ComponentContext['clock'];
  readonly #compile: (schema: RegisteredSchema) => T;
  /** By id, the one used last at the end. */
  readonly #known = new Map<number, Known<T>>();

  /** @param compile throws where the schema cannot be used: its messages become dead letters with what it says */
  constructor(options: RegistryOptions, context: ComponentContext, compile: (schema: RegisteredSchema) => T) {
    this.#registry = new SchemaRegistry(options, context);
    this.#schemasMax = options.schemas_max;
    this.#clock = context.clock;
    this.#compile = compile;
  }

  /** null: the schema, or that there is none, is known. */
  ready(id: number): Promise<void> | null {
    const known = this.#known.get(id);
    return known !== undefined && this.#clock.monotonicMs() < known.untilMs ? null : this.#fetch(id);
  }

  /** What is known; `ready` comes before. */
  get(id: number): T | Fault {
    const known = this.#known.get(id);
    if (known === undefined) return new Fault('schema_unknown', `schema ${id} was not asked for`);
    this.#known.delete(id);
    this.#known.set(id, known);
    return known.schema;
  }

  health(): { readonly ok: boolean; readonly detail: string } {
    return this.#registry.health();
  }

  async close(): Promise<void> {
    this.#registry.close();
  }

  async #fetch(id: number): Promise<void> {
    const found = await this.#registry.schema(id);
    const schema =
      found === null ? new Fault('schema_unknown', `the registry has no schema ${id}`) : this.#use(id, found);
    const untilMs = found === null ? this.#clock.monotonicMs() + unknownForMs : Number.POSITIVE_INFINITY;
    this.#known.delete(id);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < this.#schemasMax) break;
      this.#known.delete(oldest);
    }
    this.#known.set(id, { schema, untilMs });
  }

  #use(id: number, found: RegisteredSchema): T | Fault {
    try {
      return this.#compile(found);
    } catch (error) {
      return new Fault('schema_invalid', `schema ${id} cannot be used: ${messageOf(error)}`);
    }
  }
}

/** The part of a decoder that waits for schemas. What has no header that names one waits for nothing. */
export function waitingFor(
  schemas: RegisteredSchemas<unknown>,
  limits: Pick<Limits, 'messageBytesMax'>,
): Required<Omit<Decoder, 'decode'>> {
  return {
    ready(record) {
      const bytes = messageBytes(record, limits);
      const framed = bytes instanceof Fault ? bytes : readSchemaHeader(bytes);
      return framed instanceof Fault ? null : schemas.ready(framed.schemaId);
    },
    health: () => schemas.health(),
    close: () => schemas.close(),
  };
}
