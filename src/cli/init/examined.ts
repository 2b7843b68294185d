import type { FeedFacts } from './facts.ts';

export interface ExamineOptions {
  readonly label: string | null;
  readonly stepMs: number | null;
  /** Of the pipeline. */
  readonly name: string;
}

/** A feed that was looked at, and the parts of a pipeline that read it. */
export interface Examined {
  readonly origin: string;
  /** Whether the source never ends. */
  readonly live: boolean;
  /** Channels carry the names that they have in the pipeline. */
  readonly facts: FeedFacts;
  readonly timeFrom: string;
  readonly seriesFrom: string;
  readonly source: Readonly<Record<string, unknown>>;
  readonly decode: Readonly<Record<string, unknown>>;
  /** The sampled rows, for training where there is no other history; null where they are a file already. */
  readonly sampleCsv: string | null;
  /** The file to train on; null: the sample. */
  readonly trainOn: string | null;
}
