import { DriftcastError } from '../core/errors.ts';
import type { InfluxAnswer, InfluxRejection } from './influxdb-answer.ts';
import type { InfluxClient } from './influxdb-client.ts';
import type { LateWrites } from './late-writes.ts';

export interface Line {
  readonly line: string;
  readonly series: string | null;
}

export interface RejectedLine extends Line {
  readonly reason: string;
}

export interface WriterOptions {
  /** "InfluxDB at http://host:port, database driftcast": what messages call the server. */
  readonly target: string;
  readonly batchPointsMax: number;
  readonly batchBytesMax: number;
  readonly createDatabase: boolean;
  /** Repeats a call while the server is away; rejects with SINK_FAILED when that is too long. */
  readonly patiently: (call: () => Promise<InfluxAnswer>) => Promise<LastingAnswer>;
  readonly onDatabaseCreated: () => void;
  readonly late: LateWrites;
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
}

export type LastingAnswer = Exclude<InfluxAnswer, { kind: 'unavailable' }>;

/** Writes lines in their order; resolves with those that the server refused for good. Rejects with SINK_FAILED. */
export type InfluxWriter = (lines: readonly Line[]) => Promise<RejectedLine[]>;

/** Requests that narrowing down one batch may take; some more end it, one for each part that is left. */
const narrowingCallsMax = 200;

/**
 * Batches and narrows down around the client. Lines that the server names are taken out of a refused batch; where it does not
 * say which, the batch is halved until the refused lines are alone (writing the others again is idempotent), and where the
 * server counts that all of them were dropped, at once. What cannot be told apart within the limit of calls is refused together.
 */
export function createInfluxWriter(client: InfluxClient, options: WriterOptions): InfluxWriter {
  const failed = (reason: string, hint: string) =>
    new DriftcastError('SINK_FAILED', `writing to ${options.target}: ${reason}`, { hint });
  const denied = ({ reason, access, hint }: Omit<Extract<InfluxAnswer, { kind: 'denied' }>, 'kind'>) =>
    new DriftcastError(access ? 'ACCESS_DENIED' : 'SINK_FAILED', `writing to ${options.target}: ${reason}`, {
      hint: hint ?? 'Check url, database, retention_policy and the credentials.',
    });

  const makeDatabase = async (reason: string) => {
    if (!options.createDatabase) throw failed(reason, 'Create the database, or set create_database: true.');
    const answer = await options.patiently(() => client.createDatabase());
    if (answer.kind === 'denied') throw denied({ ...answer, reason: `creating the database: ${answer.reason}` });
    if (answer.kind !== 'done')
      throw failed(`creating the database: ${answer.reason}`, 'Create the database yourself.');
    options.onDatabaseCreated();
  };

  const send = async (lines: readonly Line[]): Promise<InfluxAnswer> => {
    const texts = lines.map(({ line }) => line);
    const answer = await client.write(texts);
    if (answer.kind === 'unavailable' && answer.unreached !== true) options.late.doubt(texts);
    // InfluxDB 1.x answers a missing retention policy with a 500 like any other.
    const hopeless = answer.kind === 'unavailable' && (await client.lacksRetentionPolicy());
    return hopeless ? { kind: 'denied', reason: 'the retention policy does not exist', access: false } : answer;
  };

  const write = async (lines: readonly Line[], mayCreate: boolean, calls: CallBudget): Promise<RejectedLine[]> => {
    if (lines.length === 0) return [];
    calls.left -= 1;
    const answer = await options.patiently(() => send(lines));
    if (answer.kind === 'done') return [];
    if (answer.kind === 'no_database' && mayCreate) {
      await makeDatabase(answer.reason);
      return write(lines, false, calls);
    }
    if (answer.kind === 'denied') throw denied(answer);
    if (answer.kind === 'no_database') throw failed(answer.reason, 'Check the database and the rights of the user.');
    if (answer.kind === 'rejected' && (answer.refused?.size ?? 0) > 0) {
      const [named, others] = split(lines, answer);
      return [...named, ...(await write(others, mayCreate, calls))];
    }
    const all = answer.kind === 'rejected' && answer.dropped === lines.length;
    if (lines.length === 1 || all) return lines.map((line) => ({ ...line, reason: answer.reason }));
    if (calls.left <= 0) {
      const reason = `${answer.reason} (one of ${lines.length} points that were not told apart)`;
      return lines.map((line) => ({ ...line, reason }));
    }
    const middle = lines.length >> 1;
    const first = await write(lines.slice(0, middle), mayCreate, calls);
    return [...first, ...(await write(lines.slice(middle), mayCreate, calls))];
  };

  /** Again, where an older request may come after it. */
  const writeLasting = async (batch: readonly Line[]): Promise<RejectedLine[]> => {
    const { late, signal } = options;
    const deadMs = late.deadlineOf(batch.map(({ line }) => line));
    const doubtful = deadMs === null ? [] : batch.filter(({ line }) => late.isInDoubt(line));
    const rejected = await write(batch, true, { left: narrowingCallsMax });
    if (deadMs === null) return rejected;
    await late.until(deadMs, signal);
    const refused = new Set(rejected.map(({ line }) => line));
    const again = doubtful.filter(({ line }) => !refused.has(line));
    return [...rejected, ...(await write(again, true, { left: narrowingCallsMax }))];
  };

  return async (lines) => {
    const rejected: RejectedLine[] = [];
    for (const batch of batches(lines, options.batchPointsMax, options.batchBytesMax)) {
      rejected.push(...(await writeLasting(batch)));
    }
    return rejected;
  };
}

interface CallBudget {
  left: number;
}

/** The lines that the server names, and those that it does not. */
function split(lines: readonly Line[], { refused, reason }: InfluxRejection): readonly [RejectedLine[], Line[]] {
  const named: RejectedLine[] = [];
  const others: Line[] = [];
  const [status] = reason.split(': ', 1);
  for (const line of lines) {
    const why = refused?.get(line.line);
    if (why === undefined) others.push(line);
    else named.push({ ...line, reason: `${status}: ${why}` });
  }
  return [named, others];
}

/** Cuts lines into batches of at most `pointsMax` lines and `bytesMax` bytes; a single longer line stands alone. */
export function* batches(lines: readonly Line[], pointsMax: number, bytesMax: number): Generator<Line[]> {
  let batch: Line[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line.line) + 1;
    if (batch.length > 0 && (batch.length >= pointsMax || bytes + size > bytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
