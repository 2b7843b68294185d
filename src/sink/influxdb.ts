import { z } from 'zod';
import { type ComponentContext, defineSink, type Sink } from '../core/component.ts';
import { messageOf } from '../core/errors.ts';
import { tlsFiles } from '../core/tls-files.ts';
import { encodeOutcomes } from './encode-outcomes.ts';
import { createInfluxClient } from './influxdb-client.ts';
import { createInfluxWriter, type LastingAnswer } from './influxdb-writer.ts';
import { LateWrites } from './late-writes.ts';
import { persist } from './persist.ts';
import { rejectLetter } from './reject-letter.ts';
import { createSerial } from './serially.ts';

const serverUrl = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as http://localhost:8086' })
  .refine(
    (text) => !URL.canParse(text) || !new URL(text).username,
    'credentials belong into username and password, not into the URL',
  );

const shape = z.strictObject({
  url: serverUrl.describe('Address of the server, http://host:8086; a path in front of /write is kept.'),
  database: z.string().min(1).max(255).default('driftcast').describe('Database to write into.'),
  create_database: z.boolean().default(true).describe('Create the database when it is missing.'),
  retention_policy: z.string().min(1).max(255).optional().describe('Retention policy; the database’s default without.'),
  username: z.string().min(1).optional().describe('User name.'),
  password: z.string().optional().describe('Password: ${NAME} of the environment or ${file:PATH}.'),
  token: z
    .string()
    .regex(/^\S+$/, 'expected a token without white space')
    .optional()
    .describe('Token, sent as `Authorization: Token ...` instead of user name and password.'),
  bucket: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'Write to this bucket by /api/v2/write, which InfluxDB 2 and 3 have, and 1.8 (bucket: database/retention-policy, token: user:password). Then database, retention_policy and create_database say nothing.',
    ),
  org: z.string().min(1).max(255).optional().describe('Organisation of the bucket.'),
  tls: tlsFiles.optional().describe('Files for https, where the certificate authorities of the system are not enough.'),
  gzip: z.boolean().default(true).describe('Compress what is sent: to about a quarter of the bytes.'),
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

const options = shape.superRefine(({ url, username, token, bucket, org, tls, retention_policy: policy }, context) => {
  const expect = (holds: boolean, key: string, message: string) => {
    if (!holds) context.addIssue({ code: 'custom', path: [key], message });
  };
  expect(token === undefined || username === undefined, 'token', 'expected a token, or username and password');
  expect(org === undefined || bucket !== undefined, 'org', 'expected a bucket too: org says where it is');
  expect(bucket === undefined || username === undefined, 'username', 'a bucket is written with a token');
  expect(bucket === undefined || policy === undefined, 'retention_policy', 'a bucket has its own retention');
  expect(tls === undefined || url.startsWith('https:'), 'tls', 'expected an https url');
});

type Options = z.output<typeof options>;

/** A request that was given up may be carried out for as long again, and a little. */
const lateShare = 1.1;
/** A third of the server's default limit of 25 MB. */
const batchBytesMax = 8_000_000;

/** InfluxDB over HTTP, by the `influx` client. */
export const influxdbSink = defineSink({
  kind: 'sink',
  type: 'influxdb',
  summary: 'Results as points in InfluxDB; writing them again after a restart changes nothing.',
  options,
  examples: [
    { url: 'http://localhost:8086' },
    { url: 'https://influx.example.com', database: 'plant', username: 'writer', password: '${INFLUX_PASSWORD}' },
    { url: 'https://influx.example.com', org: 'plant', bucket: 'telemetry', token: '${INFLUX_TOKEN}' },
  ],
  build: (chosen, context) => createInfluxdbSink(chosen, context),
});

function createInfluxdbSink(chosen: Options, context: ComponentContext): Sink {
  const { telemetry, clock, limits } = context;
  const client = createInfluxClient(chosen, clock, (path) => context.resolvePath(path));
  const closing = new AbortController();
  const serially = createSerial();
  const place = chosen.bucket === undefined ? `database ${chosen.database}` : `bucket ${chosen.bucket}`;
  const target = `InfluxDB at ${chosen.url}, ${place}`;
  let failure: string | null = null;
  const write = createInfluxWriter(client, {
    target,
    batchPointsMax: chosen.batch_points_max,
    batchBytesMax,
    createDatabase: chosen.create_database && chosen.bucket === undefined,
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
    late: new LateWrites(clock, lateShare * chosen.timeout_ms),
    signal: closing.signal,
  });

  const deliver: Sink['deliver'] = async (batch) => {
    const { lines, rejected } = await encodeOutcomes(batch, context);
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
