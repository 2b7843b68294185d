import type { z } from 'zod';
import type { Outcome } from './alert.ts';
import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { DeadLetter, DeadLetterSink } from './dead-letter.ts';
import type { Limits } from './limits.ts';
import type { Reading } from './reading.ts';
import type { CommitMark, SourceEvent, SourceRecord } from './record.ts';
import type { Telemetry } from './telemetry.ts';

/** What every component may use besides its own options. */
export interface ComponentContext {
  readonly pipeline: string;
  readonly channels: readonly Channel[];
  readonly limits: Limits;
  readonly stepMs: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Where the source is to keep states, where it is asked to, and what version of the model they belong to. */
  readonly states?: { readonly topicPrefix: string; readonly modelVersion: string };
  /** Resolves a path of the config against the folder of the pipeline file. */
  resolvePath(path: string): string;
}

/** Says when a source may emit: true credits are what keeps memory bounded. */
export interface CreditGate {
  readonly free: boolean;
  /** Resolves when credits are free again, at once if they are, or when `signal` aborts. */
  whenFree(signal?: AbortSignal): Promise<void>;
}

export interface Source {
  /**
   * Whether states of series live with the offsets: a commit makes the states of its marks durable in the same step, and
   * each `reset` brings back what was committed. A partition is then `closed` before every reset.
   */
  readonly keepsStates?: boolean;
  /**
   * Starts reading; ends when the source is exhausted (a file) or after `stop`. Events go to `emit` one by one, and only
   * while `credits.free`. Rejects with a DriftcastError when it cannot go on.
   */
  run(emit: (event: SourceEvent) => void, credits: CreditGate): Promise<void>;
  /** Makes the marks durable. Marks of an older generation are dropped silently. */
  commit(marks: readonly CommitMark[]): Promise<void>;
  /** Stops emitting; `run` then ends. Commits stay possible until `close`. */
  stop(): Promise<void>;
  close(): Promise<void>;
  /** Share of the whole already emitted, or null where there is no end. */
  progress(): number | null;
  /** Whether the source can read right now, and why not. */
  health(): { readonly ok: boolean; readonly detail: string };
}

export interface Decoded {
  readonly readings: readonly Reading[];
  /** Every part of the message that did not become a reading. */
  readonly rejected: readonly DeadLetter[];
}

export interface Decoder {
  /** Never throws. Every message has a fate: readings, dead letters, or both. */
  decode(record: SourceRecord): Decoded;
}

export interface Sink {
  readonly name: string;
  /**
   * Resolves when everything is durable; what the server refused for good comes back as dead letters and blocks nothing.
   * Retries what helps within its own limits, then rejects with a DriftcastError.
   */
  deliver(batch: readonly Outcome[]): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
  health(): { readonly ok: boolean; readonly detail: string };
}

interface Spec<Kind extends string, Schema extends z.ZodType> {
  readonly kind: Kind;
  /** The value of `type` in the YAML. */
  readonly type: string;
  /** One sentence for reference and editor help. */
  readonly summary: string;
  /** Strict zod object of the options (without `type`), each with a description. */
  readonly options: Schema;
  /** YAML fragments that validate; printed in the reference and checked by a test. */
  readonly examples: readonly z.input<Schema>[];
}

export interface SourceSpec<S extends z.ZodType = z.ZodType> extends Spec<'source', S> {
  build(options: z.output<S>, context: ComponentContext): Source;
}
export interface DecoderSpec<S extends z.ZodType = z.ZodType> extends Spec<'decoder', S> {
  build(options: z.output<S>, context: ComponentContext): Decoder;
}
export interface SinkSpec<S extends z.ZodType = z.ZodType> extends Spec<'sink', S> {
  build(options: z.output<S>, context: ComponentContext): Sink;
}
export interface DeadLetterSpec<S extends z.ZodType = z.ZodType> extends Spec<'dead_letter', S> {
  build(options: z.output<S>, context: ComponentContext): DeadLetterSink;
}

/** Keep the options' types while declaring a component. */
export const defineSource = <S extends z.ZodType>(spec: SourceSpec<S>): SourceSpec<S> => spec;
export const defineDecoder = <S extends z.ZodType>(spec: DecoderSpec<S>): DecoderSpec<S> => spec;
export const defineSink = <S extends z.ZodType>(spec: SinkSpec<S>): SinkSpec<S> => spec;
export const defineDeadLetter = <S extends z.ZodType>(spec: DeadLetterSpec<S>): DeadLetterSpec<S> => spec;
