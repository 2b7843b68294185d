import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { logLevel } from 'kafkajs';
import { KafkaClient, OpenSockets } from '../../src/core/kafka-client.ts';
import { createKafkaRefusal } from '../../src/core/kafka-refusal.ts';

/** Takes connections and never answers, like a broker behind a firewall that has forgotten it. */
describe('KafkaClient', () => {
  let server: Server;
  let port: number;
  const accepted: Socket[] = [];

  before(async () => {
    server = createServer((socket) => {
      accepted.push(socket);
      socket.on('error', () => undefined).resume();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });

  for (const kind of ['admin', 'producer', 'consumer'] as const) {
    test(`a request of the ${kind} that is not answered breaks its connection`, async () => {
      const taken = once(server, 'connection');
      const settings = {
        logLevel: logLevel.NOTHING,
        requestTimeout: 50,
        // the handshake has a deadline of its own
        connectionTimeout: 50,
        retry: { retries: 0 },
      };
      const kafka = new KafkaClient(settings, createKafkaRefusal([`127.0.0.1:${port}`], undefined));
      const client = kind === 'consumer' ? kafka.consumer({ groupId: 'g' }) : kafka[kind]();
      const failed = assert.rejects(client.connect());
      const [socket] = (await taken) as [Socket];
      await once(socket, 'close');
      await failed;
      await client.disconnect();
    });
  }

  test('breaks connections to that broker alone', async () => {
    const sockets = new OpenSockets();
    const open = (host: string) => sockets.add(`${host}:${port}`, connect({ host, port }));
    const [silent, other] = [open('127.0.0.1'), open('localhost')];
    other.on('error', () => undefined);
    const broken = once(silent, 'error');
    sockets.break(`127.0.0.1:${port}`);
    assert.match(String((await broken)[0]), /no answer from 127\.0\.0\.1/);
    assert.ok(silent.destroyed && !other.destroyed);
    other.destroy();
  });
});
