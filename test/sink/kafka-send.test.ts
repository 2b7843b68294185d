import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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

  test('closes without ever having been used', async () => {
    await createKafkaSender(connection, contextWith(), {
      timeoutMs: 1000,
      compression: 'gzip',
      topicsToCreate: ['t'],
    }).close();
  });
});
