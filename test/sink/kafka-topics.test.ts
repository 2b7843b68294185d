import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Admin, Kafka } from 'kafkajs';
import { type MakeTopicsOptions, makeTopics } from '../../src/sink/kafka-topics.ts';

/** A cluster that answers one attempt after the other: an error to reject with, or null. */
function fakeKafka(answers: readonly (object | null)[]) {
  const seen = { created: 0, connected: 0, disconnected: 0, slept: 0 };
  const admin = {
    connect: async () => void seen.connected++,
    disconnect: async () => void seen.disconnected++,
    createTopics: async () => {
      const answer = answers[seen.created++];
      if (answer !== null) throw answer;
      return true;
    },
  } as unknown as Admin;
  const options: MakeTopicsOptions = {
    clock: { sleep: async () => void seen.slept++ },
    attemptsMax: 3,
    signal: new AbortController().signal,
  };
  return { seen, options, kafka: { admin: () => admin } as Pick<Kafka, 'admin'> };
}

const lost = Object.assign(new Error('Connection error: ECONNREFUSED'), { retriable: true });
const forbidden = Object.assign(new Error('Topic creation errors'), {
  errors: [{ type: 'TOPIC_AUTHORIZATION_FAILED', retriable: false }],
});

describe('makeTopics', () => {
  test('a broker that is just restarting is asked again', async () => {
    const { kafka, options, seen } = fakeKafka([lost, lost, null]);
    assert.equal(await makeTopics(kafka, ['t'], options), true);
    assert.deepEqual(seen, { created: 3, connected: 3, disconnected: 3, slept: 2 });
  });

  test('where the brokers refuse, the topics may be there all the same: nobody is asked again', async () => {
    const { kafka, options, seen } = fakeKafka([forbidden]);
    assert.equal(await makeTopics(kafka, ['t'], options), true);
    assert.equal(seen.created, 1);
  });

  test('says so when it could not ask, and leaves no connection open', async () => {
    const outage = fakeKafka([lost, lost, lost, lost]);
    assert.equal(await makeTopics(outage.kafka, ['t'], outage.options), false);
    assert.deepEqual([outage.seen.created, outage.seen.disconnected], [3, 3]);
    const refused = fakeKafka([Object.assign(new Error('SASL PLAIN authentication failed'), { retriable: false })]);
    assert.equal(await makeTopics(refused.kafka, ['t'], refused.options), false);
    assert.equal(refused.seen.created, 1);
  });

  test('ends when nobody waits for it any more', async () => {
    const { kafka, options, seen } = fakeKafka([lost, lost, lost]);
    assert.equal(await makeTopics(kafka, ['t'], { ...options, signal: AbortSignal.abort() }), false);
    assert.equal(seen.created, 1);
  });
});
