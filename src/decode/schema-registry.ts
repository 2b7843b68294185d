import type { ComponentContext } from '../core/component.ts';
import { DriftcastError } from '../core/errors.ts';
import { type RegistryAnswer, registryGet } from './registry-get.ts';
import type { RegistryOptions } from './registry-options.ts';

/** A schema with those that it refers to, each behind what it refers to itself. */
export interface RegisteredSchema {
  /** AVRO, JSON, PROTOBUF ... */
  readonly type: string;
  readonly text: string;
  readonly references: readonly { readonly name: string; readonly text: string }[];
}

/** About a quarter of an hour, like a broker that is down. */
const attemptsMax = 200;
const restMsMin = 200;
const restMsMax = 5000;
const referencesMax = 64;

/** Asks a schema registry, again and again while it is away. Keeps nothing. */
export class SchemaRegistry {
  readonly #options: RegistryOptions;
  readonly #context: Pick<ComponentContext, 'clock' | 'telemetry'>;
  readonly #closing = new AbortController();
  /** Why the last request failed; null: it did not. */
  #failure: string | null = null;

  constructor(options: RegistryOptions, context: Pick<ComponentContext, 'clock' | 'telemetry'>) {
    this.#options = options;
    this.#context = context;
  }

  health(): { readonly ok: boolean; readonly detail: string } {
    const where = `schema registry ${this.#options.url}`;
    return this.#failure === null ? { ok: true, detail: where } : { ok: false, detail: `${where}: ${this.#failure}` };
  }

  close(): void {
    this.#closing.abort();
  }

  /** null: the registry has no such schema. Errors: SOURCE_FAILED where it refuses, stays away, or `close` was called. */
  async schema(id: number): Promise<RegisteredSchema | null> {
    const body = await this.#ask(`/schemas/ids/${id}`);
    if (body === null) return null;
    const found = new Map<string, string>();
    await this.#resolve(body, found);
    return {
      type: typeof body.schemaType === 'string' ? body.schemaType : 'AVRO',
      text: textIn(body),
      references: [...found].map(([name, text]) => ({ name, text })),
    };
  }

  /** Depth first, so that what is referred to comes before. */
  async #resolve(
    body: Readonly<Record<string, unknown>>,
    found: Map<string, string>,
    path: readonly string[] = [],
  ): Promise<void> {
    for (const reference of Array.isArray(body.references) ? (body.references as readonly unknown[]) : []) {
      const { name, subject, version } = (reference ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof name !== 'string' || typeof subject !== 'string' || typeof version !== 'number') continue;
      if (found.has(name) || path.includes(name)) continue;
      if (found.size + path.length >= referencesMax) return;
      const referred = await this.#ask(`/subjects/${encodeURIComponent(subject)}/versions/${version}`);
      // what is missing is told by whoever parses the schema
      if (referred === null) continue;
      await this.#resolve(referred, found, [...path, name]);
      found.set(name, textIn(referred));
    }
  }

  async #ask(path: string): Promise<Readonly<Record<string, unknown>> | null> {
    const { clock } = this.#context;
    const { signal } = this.#closing;
    let restMs = restMsMin;
    for (let attempt = 1; ; attempt++) {
      const answer = await registryGet(path, { registry: this.#options, clock, signal });
      if (signal.aborted) throw this.#failed(path, 'closed');
      this.#note(path, answer);
      if (answer.kind === 'found') return answer.body;
      if (answer.kind === 'unknown') return null;
      if (answer.kind === 'refused' || attempt >= attemptsMax) throw this.#failed(path, answer.reason);
      await clock.sleep(restMs, signal);
      restMs = Math.min(2 * restMs, restMsMax);
    }
  }

  #note(path: string, answer: RegistryAnswer): void {
    const failure = 'reason' in answer ? `${path}: ${answer.reason}` : null;
    const { log } = this.#context.telemetry;
    if (failure !== null && this.#failure === null)
      log('warn', 'the schema registry does not answer; messages wait for it', { url: this.#options.url, failure });
    if (failure === null && this.#failure !== null)
      log('info', 'the schema registry answers again', { url: this.#options.url });
    this.#failure = failure;
  }

  #failed(path: string, reason: string): DriftcastError {
    return new DriftcastError('SOURCE_FAILED', `asking the schema registry ${this.#options.url}${path}: ${reason}`, {
      retryable: true,
      hint: 'Check registry.url, its username and password, and that the registry can be reached.',
    });
  }
}

const textIn = (body: Readonly<Record<string, unknown>>): string =>
  typeof body.schema === 'string' ? body.schema : JSON.stringify(body.schema ?? null);
