import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Clock } from '../../core/clock.ts';
import type { Source } from '../../core/component.ts';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import { createFeedSource, type FeedItem } from '../../source/feed-source.ts';

export interface LineFileOptions {
  readonly path: string;
  /** A longer line ends the reading. */
  readonly lineBytesMax: number;
  /** The message of a line. */
  readonly itemOf: (line: Buffer) => FeedItem;
  readonly clock: Clock;
}

const newline = 0x0a;

/** A file of one message a line (compressed where its name ends in .gz), read as a stream. Errors of its run: DATA_UNREADABLE. */
export function lineFileSource(options: LineFileOptions): Source {
  let share = 0;
  async function* feed(): AsyncGenerator<FeedItem> {
    try {
      const { size } = await stat(options.path);
      const file = createReadStream(options.path);
      const zipped = options.path.endsWith('.gz');
      const bytes = zipped ? pipeline(file, createGunzip(), () => {}) : pipeline(file, passThrough(), () => {});
      for await (const line of linesOf(bytes as AsyncIterable<Buffer>, options.lineBytesMax)) {
        share = size === 0 ? 1 : Math.min(1, file.bytesRead / size);
        if (line.length > 0) yield options.itemOf(line);
      }
    } catch (error) {
      throw unreadable(error, options.path);
    }
  }
  return createFeedSource({ topic: 'lines', clock: options.clock, speed: 0, open: feed, progress: () => share });
}

const passThrough = (): Transform => new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });

/** Lines without their ends; a carriage return before it goes too. */
async function* linesOf(chunks: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, from)) {
      yield trimmed(all.subarray(from, end));
      from = end + 1;
    }
    rest = all.subarray(from);
    if (rest.length > bytesMax) throw new Error(`a line of more than ${bytesMax} bytes (limits.message_bytes_max)`);
  }
  yield trimmed(rest);
}

const trimmed = (line: Buffer): Buffer => (line.at(-1) === 0x0d ? line.subarray(0, -1) : line);

function unreadable(error: unknown, path: string): DriftcastError {
  if (error instanceof DriftcastError) return error;
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return new DriftcastError('DATA_UNREADABLE', `reading ${path}: ${messageOf(error)}`, {
    cause: error,
    hint: missing ? 'Check the path.' : 'Check that the file is whole, and one message a line.',
  });
}
