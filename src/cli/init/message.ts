import type { Table } from './facts.ts';

/** One message of a topic as it was sampled. */
export interface Message {
  readonly key: string | null;
  readonly text: string;
  readonly timestampMs: number | null;
  readonly partition: number;
  /** Whether a schema's id stood before the text, which is without it. */
  readonly framed: boolean;
}

/** What messages are: their rows, and the `decode` that reads them. */
export interface Recognised {
  readonly table: Table;
  /** 'wide JSON', for people. */
  readonly layout: string;
  /** `decode` of the pipeline for these channels; names are those of the table and of the pipeline. */
  readonly decodeFor: (channels: readonly string[]) => Readonly<Record<string, unknown>>;
  /** Name of a channel in the pipeline by its name in the table. */
  readonly channelName: (column: string, channels: readonly string[]) => string;
}
