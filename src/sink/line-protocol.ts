import { z } from 'zod';
import { type ComponentContext, defineSink, type Sink } from '../core/component.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { encodeOutcomes } from './encode-outcomes.ts';
import { type LineFile, openLineFile } from './line-file.ts';
import type { PersistOptions } from './persist.ts';
import { createSerial } from './serially.ts';
import { whileFull } from './while-full.ts';

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('File to write, relative to the pipeline file. Its folder is made where it is missing.'),
  append: z
    .boolean()
    .default(false)
    .describe('Keep what the file holds and go on behind it. false: start anew with every run.'),
  sync: z
    .boolean()
    .default(false)
    .describe(
      'Force every batch to the disk before its offsets are committed: survives a power cut, not only a crash.',
    ),
  retry_ms_max: z
    .number()
    .int()
    .min(0)
    .max(86_400_000)
    .default(300_000)
    .describe('How long a full disk is waited for; then the pipeline stops, with nothing lost.'),
  database: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'expected letters, digits and underscores')
    .default('driftcast')
    .describe('Database that `influx -import` makes and fills.'),
});

type Options = z.output<typeof options>;

/** InfluxDB line protocol into a file that both `influx -import` and HTTP /write take as it is. */
export const lineProtocolSink = defineSink({
  kind: 'sink',
  type: 'line-protocol',
  summary: 'Results as InfluxDB line protocol in a file; needs no server, imports into InfluxDB 1.x as it is.',
  options,
  examples: [{ path: 'out/results.lp' }, { path: '/var/lib/driftcast/results.lp', append: true, sync: true }],
  build: (chosen, context) => createLineProtocolSink(chosen, context),
});

/**
 * The file's head. `influx -import` (1.x) runs everything before `# DML` as a query. For HTTP /write the backslash makes the
 * statement a part of the comment before it (line protocol lets a backslash escape the line break), so both take the file.
 */
const header = (database: string) => `# DDL \\\nCREATE DATABASE ${database}\n# DML\n# CONTEXT-DATABASE: ${database}\n`;

function createLineProtocolSink(chosen: Options, context: ComponentContext): Sink {
  const path = context.resolvePath(chosen.path);
  const serially = createSerial();
  let file: LineFile | null = null;
  let opened = false;
  const closing = new AbortController();
  let failure: string | null = null;

  const attempt = async <T>(what: string, task: () => Promise<T>): Promise<T> => {
    try {
      const result = await task();
      failure = null;
      return result;
    } catch (error) {
      failure = `${what} ${path}: ${messageOf(error)}`;
      throw new DriftcastError('SINK_FAILED', failure, {
        cause: error,
        retryable: true,
        hint: 'Free space on the device, or give another path under sinks.',
      });
    }
  };

  /** What does not fit is written when there is room again. */
  const full: PersistOptions = {
    what: `writing to ${path}`,
    retryMsMax: chosen.retry_ms_max,
    signal: closing.signal,
    onFailedAttempt(reason, attempt) {
      failure = `writing ${path}: ${reason}: free space on the device`;
      context.telemetry.count('sink_retries_total', 1, { sink: 'line-protocol' });
      context.telemetry.log('warn', failure, { attempt });
    },
  };

  const deliver: Sink['deliver'] = async (batch) => {
    // Opened with the first results, so that a run that fails before them does not empty the file of the run before.
    file ??= await attempt('opening', () =>
      openLineFile(path, { append: chosen.append || opened, header: header(chosen.database) }),
    );
    opened = true;
    const open = file;
    const { lines, rejected } = await encodeOutcomes(batch, context);
    const text = lines.map(({ line }) => `${line}\n`).join('');
    const write = async () => {
      await open.append(text);
      if (chosen.sync) await open.sync();
    };
    await attempt('writing', () => whileFull(write, full));
    context.telemetry.count('points_written_total', lines.length, { sink: 'line-protocol' });
    return rejected;
  };

  return {
    name: 'line-protocol',
    deliver: (batch) => serially(() => deliver(batch)),
    close: () => {
      closing.abort();
      return serially(async () => {
        const open = file;
        file = null;
        if (open) await attempt('closing', () => open.close());
      });
    },
    health: () => (failure === null ? { ok: true, detail: path } : { ok: false, detail: failure }),
  };
}
