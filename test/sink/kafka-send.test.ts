import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Kafka } from 'kafkajs';
import { systemClock } from '../../src/core/clock.ts';
import { createKafkaSender } from '../../src/sink/kafka-send.ts';
import { contextWith } from './fixtures.ts';

/** Nobody listens on port 1. */
const connection = { brokers: ['127.0.0.1:1'], client_id: 'test', tls: false };
const batch = [{ topic: 't', messages: [{ value: 'x' }] }];

describe('createKafkaSender', () => {
  test('rejects when its clock says so, though the client would go on, and can be used again', async () => {
    const asked: number[] = [];
    const clock = {
      ...systemClock,
      monotonicMs: () => 0,
      async sleep(ms: number) {
        asked.push(ms);
      },
    };
    const sender = createKafkaSender(connection, contextWith({ clock }), {
      timeoutMs: 1000,
      compression: 'gzip',
      topicsToCreate: [],
    });
    await assert.rejects(sender.send(batch), /^Error: no confirmation within 1000 ms$/);
    await assert.rejects(sender.send(batch), /^Error: no confirmation within 1000 ms$/);
    assert.deepEqual(asked, [1000, 1000]);
    await sender.close();
  });

  test('rejects when the client gives up first, with a bare message', async () => {
    const clock = { ...systemClock, sleep: () => new Promise<void>(() => undefined) };
    const sender = createKafkaSender(connection, contextWith({ clock }), {
      timeoutMs: 1000,
      compression: 'gzip',
      topicsToCreate: [],
    });
    await assert.rejects(sender.send(batch), (error: Error) => {
      assert.match(error.message, /ECONNREFUSED/);
      assert.deepEqual([error.cause, error.constructor], [undefined, Error]);
      return true;
    });
    await sender.close();
  });

  /** A client whose producers answer one after the other: an error to reject `at` with, or null. */
  function fakeClient(answers: readonly (Error | null)[], at: 'connect' | 'sendBatch') {
    const seen = { producers: 0, disconnected: 0, sent: 0 };
    const producer = () => {
      const answer = answers[seen.producers++];
      const act = async (what: string) => {
        if (what === at && answer !== null) throw answer;
        if (what === 'sendBatch') seen.sent++;
      };
      return {
        connect: () => act('connect'),
        sendBatch: () => act('sendBatch'),
        disconnect: async () => void seen.disconnected++,
      };
    };
    return { seen, createClient: () => ({ producer }) as unknown as Kafka };
  }
  const lost = () => Object.assign(new Error('Closed connection'), { retriable: true });

  for (const at of ['connect', 'sendBatch'] as const) {
    test(`a connection that is lost in ${at} is tried again, with a producer of its own`, async () => {
      const { seen, createClient } = fakeClient([lost(), lost(), null], at);
      // pauses are over at once, the deadline never comes
      const sleep = (ms: number) => (ms < 1000 ? Promise.resolve() : new Promise<void>(() => undefined));
      const clock = { ...systemClock, monotonicMs: () => 0, sleep };
      const sender = createKafkaSender(connection, contextWith({ clock }), {
        timeoutMs: 1000,
        topicsToCreate: [],
        compression: 'gzip' as const,
        createClient,
      });
      await sender.send(batch);
      await sender.close();
      assert.deepEqual(seen, { producers: 3, disconnected: 3, sent: 1 });
    });
  }

  test('what no repetition helps against, and what goes on until the deadline, is told', async () => {
    let nowMs = 0;
    const clock = {
      ...systemClock,
      monotonicMs: () => nowMs,
      sleep: (ms: number) => {
        if (ms >= 1000) return new Promise<void>(() => undefined);
        nowMs += ms;
        return Promise.resolve();
      },
    };
    const options = { timeoutMs: 60_000, topicsToCreate: [], compression: 'gzip' as const };
    const denied = fakeClient([new Error('SASL authentication failed')], 'connect');
    await assert.rejects(
      createKafkaSender(connection, contextWith({ clock }), { ...options, ...denied }).send(batch),
      /^Error: SASL authentication failed$/,
    );
    const outage = fakeClient(Array.from({ length: 200 }, lost), 'connect');
    await assert.rejects(
      createKafkaSender(connection, contextWith({ clock }), { ...options, ...outage }).send(batch),
      /^Error: (Closed connection|no confirmation within 60000 ms)$/,
    );
    assert.ok(outage.seen.producers > 50 && outage.seen.producers < 130, `${outage.seen.producers} tries`);
  });

  test('closes without ever having been used', async () => {
    await createKafkaSender(connection, contextWith(), {
      timeoutMs: 1000,
      compression: 'gzip',
      topicsToCreate: ['t'],
    }).close();
  });
});
