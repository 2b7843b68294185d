import { DriftcastError } from '../core/errors.ts';
import type { InfluxAnswer, InfluxClient } from './influxdb-client.ts';

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
}

export type LastingAnswer = Exclude<InfluxAnswer, { kind: 'unavailable' }>;

/** Writes lines in their order; resolves with those that the server refused for good. Rejects with SINK_FAILED. */
export type InfluxWriter = (lines: readonly Line[]) => Promise<RejectedLine[]>;

/**
 * Batches and narrows down around the client. A refused batch is halved until the refused points are alone (writing the
 * others again is idempotent); where the server counts that all of them were dropped, at once.
 */
export function createInfluxWriter(client: InfluxClient, options: WriterOptions): InfluxWriter {
  const failed = (reason: string, hint: string) =>
    new DriftcastError('SINK_FAILED', `writing to ${options.target}: ${reason}`, { hint });
  const denied = (reason: string) => failed(reason, 'Check url, database, retention_policy and the credentials.');

  const makeDatabase = async (reason: string) => {
    if (!options.createDatabase) throw failed(reason, 'Create the database, or set create_database: true.');
    const answer = await options.patiently(() => client.createDatabase());
    if (answer.kind !== 'done') throw denied(`creating the database: ${answer.reason}`);
    options.onDatabaseCreated();
  };

  const send = async (lines: readonly Line[]): Promise<InfluxAnswer> => {
    const answer = await client.write(lines.map(({ line }) => line));
    // InfluxDB 1.x answers a missing retention policy with a 500 like any other.
    const hopeless = answer.kind === 'unavailable' && (await client.lacksRetentionPolicy());
    return hopeless ? { kind: 'denied', reason: 'the retention policy does not exist' } : answer;
  };

  const write = async (lines: readonly Line[], mayCreate: boolean): Promise<RejectedLine[]> => {
    const answer = await options.patiently(() => send(lines));
    if (answer.kind === 'done') return [];
    if (answer.kind === 'no_database' && mayCreate) {
      await makeDatabase(answer.reason);
      return write(lines, false);
    }
    if (answer.kind !== 'rejected' && answer.kind !== 'too_large') throw denied(answer.reason);
    const all = answer.kind === 'rejected' && answer.dropped === lines.length;
    if (lines.length === 1 || all) return lines.map((line) => ({ ...line, reason: answer.reason }));
    const middle = lines.length >> 1;
    return [...(await write(lines.slice(0, middle), mayCreate)), ...(await write(lines.slice(middle), mayCreate))];
  };

  return async (lines) => {
    const rejected: RejectedLine[] = [];
    for (const batch of batches(lines, options.batchPointsMax, options.batchBytesMax)) {
      rejected.push(...(await write(batch, true)));
    }
    return rejected;
  };
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
