import type { Position } from './record.ts';

/** Why a message, or a part of it, went to the dead-letter sink. Closed: dashboards count by it. */
export type DeadLetterReason =
  | 'empty'
  | 'too_large'
  | 'too_deep'
  | 'unreadable'
  | 'parse_error'
  | 'header_invalid'
  | 'schema_unknown'
  | 'schema_invalid'
  | 'schema_violated'
  | 'not_an_object'
  | 'time_missing'
  | 'time_invalid'
  | 'time_in_future'
  | 'time_ahead_of_arrival'
  | 'plan_too_far_ahead'
  | 'series_missing'
  | 'series_invalid'
  | 'series_limit'
  | 'channel_unknown'
  | 'value_invalid'
  | 'value_not_finite'
  | 'value_out_of_bounds'
  | 'no_values'
  | 'inference_failed'
  | 'sink_rejected';

export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** What was wrong, where: 'values.flow_in: expected a number, got "abc"'. Cut to 500 characters, carries no secret. */
  readonly detail: string;
  readonly position: Position | null;
  readonly key: string | null;
  /** The message as it came (cut to the configured number of bytes), or what the sink refused. */
  readonly raw: Uint8Array | null;
  readonly timeMs: number;
}

/** Where dead letters go. Resolves when they are durable; offsets wait for it. */
export interface DeadLetterSink {
  write(letters: readonly DeadLetter[]): Promise<void>;
  close(): Promise<void>;
}
