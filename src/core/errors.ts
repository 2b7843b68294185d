/** Every code an error of driftcast can carry. Closed: adding one is a change of public behaviour. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'CONFIG_UNREADABLE'
  | 'DATA_UNREADABLE'
  | 'DATA_INSUFFICIENT'
  | 'MODEL_INVALID'
  | 'MODEL_MISMATCH'
  | 'SOURCE_FAILED'
  | 'SINK_FAILED'
  | 'SINK_REJECTED'
  | 'DEAD_LETTER_FAILED'
  | 'STATE_INVALID'
  | 'ACCESS_DENIED'
  | 'ENGINE_UNAVAILABLE'
  | 'WORKER_FAILED'
  | 'LIMIT_EXCEEDED'
  | 'SHUTDOWN_TIMEOUT'
  | 'USAGE'
  | 'INTERNAL';

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Whether doing the same again later may succeed (a broker that is down: yes; a broken file: no). */
  readonly retryable?: boolean;
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
}

/**
 * The one error class that crosses rooms. The message says what was being done, and with what
 * ("reading pipelines/demo/pipeline.yaml: ..."); `hint` says what to do.
 */
export class DriftcastError extends Error {
  override readonly name = 'DriftcastError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
  }
}

/** The text of anything thrown, without stack and without properties (a client's error may carry credentials). */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
