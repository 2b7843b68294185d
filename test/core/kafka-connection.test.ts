import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { logLevel } from 'kafkajs';
import { z } from 'zod';
import { messageOf } from '../../src/core/errors.ts';
import { brokersOf, createKafka, kafkaConnectionShape, kafkaLogger } from '../../src/core/kafka-connection.ts';
import { silentTelemetry, type Telemetry } from '../../src/core/telemetry.ts';

const schema = z.strictObject(kafkaConnectionShape);
const password = 'hunter2-secret';

function recorder(): { telemetry: Telemetry; lines: [string, string, unknown][] } {
  const lines: [string, string, unknown][] = [];
  return {
    lines,
    telemetry: { ...silentTelemetry, log: (level, message, fields) => void lines.push([level, message, fields]) },
  };
}
const entry = (message: string, timestamp: string, level = logLevel.ERROR, extra: object = {}) =>
  ({
    namespace: 'Connection',
    level,
    label: 'ERROR',
    log: { message, timestamp, logger: 'kafkajs', ...extra },
  }) as never;

test('the shape has defaults and refuses what cannot work', () => {
  assert.deepEqual(schema.parse({ brokers: ['a:1'] }), { brokers: ['a:1'], client_id: 'driftcast', tls: false });
  for (const wrong of [
    {},
    { brokers: [] },
    { brokers: [''] },
    { brokers: ['a'], sasl: { mechanism: 'gssapi', username: 'u', password: 'p' } },
    { brokers: ['a'], sasl: { mechanism: 'plain', username: 'u' } },
    { brokers: ['a'], sasl: { mechanism: 'oauthbearer', username: 'u', password: 'p' } },
    { brokers: ['a'], tls: { cert_file: 'c.pem' } },
  ]) {
    assert.equal(schema.safeParse(wrong).success, false);
  }
});

test('a TLS file that cannot be read is told before anything connects', () => {
  const options = schema.parse({ brokers: ['a:1'], tls: { ca_file: 'other.pem' } });
  const context = { telemetry: silentTelemetry, resolvePath: (path: string) => `/nowhere/${path}` };
  assert.throws(() => createKafka(options, context), {
    code: 'CONFIG_INVALID',
    message: /reading the Kafka ca file other\.pem/,
  });
});

test('log lines keep known fields only, once in ten seconds', () => {
  const { telemetry, lines } = recorder();
  const log = kafkaLogger(telemetry);
  const secret = {
    sasl: { password },
    request: Buffer.from(password),
    stack: password,
    broker: 'a:1',
    error: 'ECONNREFUSED',
  };
  log(entry('down', '2026-03-01T12:00:00.000Z', logLevel.ERROR, secret));
  log(entry('down', '2026-03-01T12:00:09.000Z', logLevel.ERROR, secret));
  log(entry('down', '2026-03-01T12:00:10.000Z', logLevel.ERROR, secret));
  log(entry('joined', '2026-03-01T12:00:10.000Z', logLevel.INFO));
  assert.deepEqual(lines, [
    ['warn', 'down', { client: 'kafka', part: 'Connection', broker: 'a:1', error: 'ECONNREFUSED' }],
    ['warn', 'down', { client: 'kafka', part: 'Connection', broker: 'a:1', error: 'ECONNREFUSED' }],
    ['debug', 'joined', { client: 'kafka', part: 'Connection' }],
  ]);
});

test('a broker that talks nonsense shows no password in logs or errors', async (t) => {
  const server = createServer((socket) => socket.on('data', () => socket.destroy()).on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { telemetry, lines } = recorder();
  const options = schema.parse({
    brokers: [`127.0.0.1:${address.port}`],
    sasl: { mechanism: 'plain', username: 'u', password },
  });
  const admin = createKafka(options, { telemetry, resolvePath: (path) => path }, 1).admin();
  const error = await admin.connect().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  await admin.disconnect();
  assert.ok(error !== null);
  assert.ok(!messageOf(error).includes(password));
  assert.ok(lines.length > 0);
  assert.ok(!JSON.stringify(lines).includes(password));
});

test('an item may hold several brokers, as a variable of the environment does', () => {
  assert.deepEqual(brokersOf(['a:1']), ['a:1']);
  assert.deepEqual(brokersOf(['a:1, b:2,', 'c:3']), ['a:1', 'b:2', 'c:3']);
});
