import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import cliProgress from 'cli-progress';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import { createLivePace, untilDue } from '../../source/pace.ts';
import type { CliIo } from '../io.ts';
import type { Cell, Feed, FeedRow } from './feed.ts';

export interface WriteOptions {
  /** 0: at once. */
  readonly speed: number;
  /** Adds a column `label`: 1 in rows of a labelled fault, else 0. */
  readonly labels: boolean;
}

/** Text is handed on in pieces of this size, or row by row where rows come in real time. */
const CHUNK_CHARS = 65_536;
const BAR_UNITS = 1000;

/**
 * Writes a feed to a file: CSV, or JSON lines where the name ends in .jsonl, compressed with .gz behind it. With labels the
 * list of faults goes to `<file>.faults.json`. Ends after a whole row when the signal aborts. Returns the number of rows.
 */
export async function writeFileRows(feed: Feed, path: string, options: WriteOptions, io: CliIo): Promise<number> {
  const plain = path.replace(/\.gz$/, '');
  const lines = plain.endsWith('.jsonl') ? jsonLines(options) : csvLines(feed, options);
  const bar = progressBar(feed, io);
  let rows = 0;
  const counted = (row: FeedRow) => {
    rows += 1;
    if (rows % 1000 === 0) bar?.update(Math.round((feed.progress() ?? 0) * BAR_UNITS), { rows });
    return lines(row);
  };
  const text = Readable.from(chunks(feed, counted, options, io));
  try {
    const file = createWriteStream(path);
    if (path === plain) await pipeline(text, file);
    else await pipeline(text, createGzip(), file);
    if (options.labels) await writeFile(`${path}.faults.json`, `${JSON.stringify(feed.faults(), null, 2)}\n`);
  } catch (error) {
    if (error instanceof DriftcastError) throw error;
    throw new DriftcastError('SINK_FAILED', `writing ${path}: ${messageOf(error)}`, {
      cause: error,
      hint: 'Check that the folder exists, may be written to, and has room.',
    });
  } finally {
    bar?.stop();
  }
  return rows;
}

/** Writes a feed to standard output as JSON lines. A reader that goes away (`| head`) ends it without an error. */
export async function writeStdoutRows(feed: Feed, options: WriteOptions, io: CliIo): Promise<number> {
  let rows = 0;
  const lines = jsonLines(options);
  const counted = (row: FeedRow) => {
    rows += 1;
    return lines(row);
  };
  try {
    await pipeline(Readable.from(chunks(feed, counted, options, io)), io.stdout, { end: false });
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
    if (!gone) throw error;
  }
  return rows;
}

async function* chunks(
  feed: Feed,
  lineOf: (row: FeedRow) => string,
  options: WriteOptions,
  io: CliIo,
): AsyncGenerator<string> {
  const pace = createLivePace(io.clock, options.speed);
  const atOnce = feed.live || options.speed > 0;
  let chunk = '';
  for await (const row of feed.rows(io.signal)) {
    if (options.speed > 0 && row.timeMs !== null) await untilDue(pace, row.timeMs, io.clock, io.signal);
    if (io.signal.aborted) break;
    chunk += lineOf(row);
    if (atOnce || chunk.length >= CHUNK_CHARS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

function jsonLines(options: WriteOptions): (row: FeedRow) => string {
  return (row) => {
    const message = options.labels ? { ...row.message, label: row.faulty ? 1 : 0 } : row.message;
    return `${JSON.stringify(message)}\n`;
  };
}

/** The header comes before the first row. Times are ISO 8601; missing cells are empty. */
function csvLines(feed: Feed, options: WriteOptions): (row: FeedRow) => string {
  let names: readonly string[] | null = null;
  return (row) => {
    let header = '';
    if (names === null) {
      const { channels, series } = feed.columns();
      names = series ? ['series', ...channels] : channels;
      header = `${['time', ...names, ...(options.labels ? ['label'] : [])].map(csvCell).join(',')}\n`;
    }
    const time = row.timeMs === null ? row.message.time : new Date(row.timeMs).toISOString();
    const cells: (Cell | undefined)[] = [time, ...names.map((name) => row.message[name])];
    if (options.labels) cells.push(row.faulty ? 1 : 0);
    return `${header}${cells.map(csvCell).join(',')}\n`;
  };
}

function csvCell(value: Cell | undefined): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function progressBar(feed: Feed, io: CliIo): cliProgress.SingleBar | null {
  if (!io.isTerminal || feed.progress() === null) return null;
  const format = `${feed.name} [{bar}] {percentage}% | {rows} rows | {eta_formatted} left`;
  const bar = new cliProgress.SingleBar({ stream: io.stderr, format, clearOnComplete: true, hideCursor: true });
  bar.start(BAR_UNITS, 0, { rows: 0 });
  return bar;
}
