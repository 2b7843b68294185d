import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createServer } from 'node:tls';
import { createKafka } from '../../src/core/kafka-connection.ts';
import { createKafkaRefusal } from '../../src/core/kafka-refusal.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { selfSigned, withoutOpenssl } from '../support/certificates.ts';

const context = { telemetry: silentTelemetry, resolvePath: (path: string) => path };

async function listening(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}

describe('createKafkaRefusal', () => {
  test('a certificate that cannot be trusted ends the attempts after a few, with what to do', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'driftcast-refusal-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [own, other] = [selfSigned(folder, 'own'), selfSigned(folder, 'other')];
    if (own === null || other === null) return t.skip(withoutOpenssl);
    let attempts = 0;
    const server = createServer({ cert: readFileSync(own.cert), key: readFileSync(own.key) });
    server.on('tlsClientError', () => undefined).on('connection', () => attempts++);
    const brokers = [await listening(t, server)];
    const admin = createKafka({ brokers, client_id: 'test', tls: { ca_file: other.cert } }, context).admin();
    await assert.rejects(admin.connect(), {
      code: 'ACCESS_DENIED',
      retryable: false,
      message: /^connecting to Kafka at 127\.0\.0\.1:\d+: .*certificate/,
      hint: /tls\.ca_file/,
    });
    await admin.disconnect();
    assert.equal(attempts, 3);
  });

  test('a TLS alert where Kafka was expected says that TLS is missing', async (t) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined).on('data', () => socket.write(Buffer.of(0x15, 3, 1, 0, 2, 2, 0x46)));
    });
    const brokers = [await listening(t, server)];
    const admin = createKafka({ brokers, client_id: 'test', tls: false }, context).admin();
    await assert.rejects(admin.connect(), { code: 'ACCESS_DENIED', message: /answers with TLS/, hint: /Set tls/ });
    await admin.disconnect();
  });

  test('an outage stays what it is', () => {
    const { explain } = createKafkaRefusal(['a:1'], undefined);
    const outage = Object.assign(new Error('Connection error: connect ECONNREFUSED'), {
      name: 'KafkaJSConnectionError',
    });
    assert.equal(explain(outage), outage);
    assert.equal(explain('text'), 'text');
  });

  test('a refused login is found behind what the client wraps around it', () => {
    const { explain } = createKafkaRefusal(['a:1', 'b:2'], { mechanism: 'plain', username: 'ann', password: 's3cret' });
    const refused = Object.assign(new Error('Invalid username or password'), { type: 'SASL_AUTHENTICATION_FAILED' });
    const wrapped = new Error('KafkaJSNonRetriableError', { cause: new Error('again', { cause: refused }) });
    const told = explain(wrapped) as Error & { code: string };
    assert.equal(told.code, 'ACCESS_DENIED');
    assert.equal(told.message, 'logging in to Kafka at a:1, b:2 as ann (plain): Invalid username or password');
  });

  test('errors that refer to themselves come to an end', () => {
    const loop: Error & { cause?: unknown } = new Error('loop');
    loop.cause = loop;
    assert.equal(createKafkaRefusal(['a:1'], undefined).explain(loop), loop);
  });
});
