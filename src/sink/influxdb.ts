import { z } from 'zod';
import { type ComponentContext, defineSink, type Sink } from '../core/component.ts';
import { messageOf } from '../core/errors.ts';
import { encodeOutcomes } from './encode-outcomes.ts';
import { createInfluxClient } from './influxdb-client.ts';
import { createInfluxWriter, type LastingAnswer } from './influxdb-writer.ts';
import { persist } from './persist.ts';
import { rejectLetter } from './reject-letter.ts';
import { createSerial } from './serially.ts';

const serverUrl = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as http://localhost:8086' })
  .refine(
    (text) => !URL.canParse(text) || !new URL(text).username,
    'credentials belong into username and password, not into the URL',
  );

const options = z.strictObject({
  url: serverUrl.describe('Address of the server, http://host:8086; a path in front of /write is kept.'),
  database: z.string().min(1).max(255).default('driftcast').describe('Database to write into.'),
  create_database: z.boolean().default(true).describe('Create the database when it is missing.'),
  retention_policy: z.string().min(1).max(255).optional().describe('Retention policy; the database’s default without.'),
  username: z.string().min(1).optional().describe('User name.'),
  password: z.string().optional().describe('Password; write ${NAME} to take it from the environment.'),
  token: z
    .string()
    .regex(/^\S+$/, 'expected a token without white space')
    .optional()
    .describe('Token, sent as `Authorization: Token ...` instead of user name and password.'),
  batch_points_max: z.number().int().min(1).max(50_000).default(5000).describe('Points of one request.'),
  timeout_ms: z.number().int().min(1).max(600_000).default(10_000).describe('How long one request may take.'),
  retry_ms_max: z
    .number()
    .int()
    .min(0)
    .max(86_400_000)
    .default(300_000)
    .describe('How long a request is repeated while the server is away; then the pipeline stops, with nothing lost.'),
});

type Options = z.output<typeof options>;

/** A third of the server's default limit of 25 MB. */
const batchBytesMax = 8_000_000;

/** InfluxDB 1.x over HTTP, by the `influx` client. */
export const influxdbSink = defineSink({
  kind: 'sink',
  type: 'influxdb',
  summary: 'Results as points in InfluxDB 1.x; writing them again after a restart changes nothing.',
  options,
  examples: [
    { url: 'http://localhost:8086' },
    { url: 'https://influx.example.com', database: 'plant', username: 'writer', password: '${INFLUX_PASSWORD}' },
  ],
  build: (chosen, context) => createInfluxdbSink(chosen, context),
});

function createInfluxdbSink(chosen: Options, context: ComponentContext): Sink {
  const { telemetry, clock, limits } = context;
  const client = createInfluxClient(chosen, clock);
  const closing = new AbortController();
  const serially = createSerial();
  const target = `InfluxDB at ${chosen.url}, database ${chosen.database}`;
  let failure: string | null = null;
  const write = createInfluxWriter(client, {
    target,
    batchPointsMax: chosen.batch_points_max,
    batchBytesMax,
    createDatabase: chosen.create_database,
    patiently: (call) =>
      persist<LastingAnswer>(call, {
        what: `writing to ${target}`,
        retryMsMax: chosen.retry_ms_max,
        signal: closing.signal,
        onFailedAttempt(reason, attempt) {
          failure = `${target}: ${reason}`;
          telemetry.count('sink_retries_total', 1, { sink: 'influxdb' });
          telemetry.log('warn', `writing to ${target} failed: ${reason}`, { attempt });
        },
      }),
    onDatabaseCreated: () => telemetry.log('info', `created the database: ${target}`),
  });

  const deliver: Sink['deliver'] = async (batch) => {
    const { lines, rejected } = encodeOutcomes(batch, context);
    try {
      const refused = await write(lines);
      failure = null;
      telemetry.count('points_written_total', lines.length - refused.length, { sink: 'influxdb' });
      const letters = refused.map(({ series, reason, line }) =>
        rejectLetter(series, reason, line, clock.nowMs(), limits.deadLetterBytesMax),
      );
      return [...rejected, ...letters];
    } catch (error) {
      failure = messageOf(error);
      throw error;
    }
  };

  return {
    name: 'influxdb',
    deliver: (batch) => serially(() => deliver(batch)),
    async close() {
      closing.abort();
      client.close();
      await serially(async () => undefined);
    },
    health: () => (failure === null ? { ok: true, detail: target } : { ok: false, detail: failure }),
  };
}
