import type { Clock } from '../core/clock.ts';

/** What a command may touch of the process it runs in. main.ts builds the real one, tests build their own. */
export interface CliIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Whether a person is looking: progress bars and colours only then. */
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborts on SIGINT and SIGTERM: the command then ends cleanly. */
  readonly signal: AbortSignal;
}
