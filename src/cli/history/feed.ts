import type { ComponentConfig } from '../../config/pipeline-schema.ts';
import type { Source } from '../../core/component.ts';

/** Recorded data as a source that ends, and how its messages are decoded. */
export interface HistoryFeed {
  /** What messages call it: a file, "topic telemetry". */
  readonly what: string;
  readonly source: Source;
  readonly decode: ComponentConfig;
  /** Keys are the names of series, as a CSV file's column has them; a topic may be keyed by anything. Absent: they are not. */
  readonly keysAreSeries?: boolean;
}

/** Event times that count, milliseconds since the epoch: [fromMs, toMs). */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export const allTimes: TimeRange = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
