import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import type { CommitMark, SourceEvent } from '../../src/core/record.ts';
import type { SeriesState } from '../../src/core/series-state.ts';
import { KafkaStateWriter } from '../../src/source/kafka-state-writer.ts';
import { TestKafka } from '../support/kafka.ts';
import { SourceReader, sourceContext, until } from '../support/source-reader.ts';

const address = process.env.DRIFTCAST_TEST_KAFKA;
const skip =
  address === undefined && 'needs a broker: eval "$(deploy/native/kafka.sh up)"; DRIFTCAST_TEST_KAFKA=$KAFKA_BROKERS';

const state = (n: number): SeriesState => ({ window: { n }, score: null, alert: null, forecast: null });
const stateOf = (n: number, series = 'a'): ReadonlyMap<string, SeriesState> => new Map([[series, state(n)]]);

type Reset = Extract<SourceEvent, { kind: 'reset' }>;
const resets = (reader: SourceReader, partition = 0): Reset[] =>
  reader.events.filter((event): event is Reset => event.kind === 'reset' && event.partition === partition);
const statesAt = (reader: SourceReader, partition = 0) => [...(resets(reader, partition).at(-1)?.states ?? [])];

describe('states in Kafka', { skip }, () => {
  let kafka: TestKafka;
  const client = new Kafka({ brokers: [address ?? 'none:1'], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  const admin = client.admin();

  before(async () => {
    kafka = await TestKafka.connect(address as string);
    await admin.connect();
  });
  after(async () => {
    await admin.disconnect();
    await kafka.close();
  });

  /** A topic with numbered messages, and what reads it. */
  async function feed(t: TestContext, partitions = 1) {
    const topic = await kafka.createTopic(partitions);
    const group = kafka.groupName();
    const topicPrefix = `s-${group}`;
    const stateTopic = kafka.ownTopic(`${topicPrefix}.${topic}`);
    const messages = Array.from({ length: 100 * partitions }, (_, i) => ({
      key: 'a',
      value: Buffer.from(String(i)),
      partition: i % partitions,
    }));
    await kafka.send(topic, messages);
    const open = (modelVersion = 'm1', options: object = {}) => {
      const context = sourceContext({ states: { topicPrefix, modelVersion } });
      const reader = new SourceReader(address as string, topic, { group, ...options }, { context });
      t.after(() => reader.source.close());
      return reader;
    };
    return { topic, group, stateTopic, open };
  }

  /** Commits `nextOffset` of a partition in its newest generation. */
  function commit(
    reader: SourceReader,
    nextOffset: number,
    states: CommitMark['states'],
    partition = 0,
  ): Promise<void> {
    const { topic, generation } = resets(reader, partition).at(-1) as Reset;
    return reader.source.commit([{ topic, partition, generation, nextOffset, ...(states && { states }) }]);
  }

  test('what was committed comes back with the offset, whatever was written since without a commit', async (t) => {
    const { open, stateTopic } = await feed(t, 2);
    const first = open();
    await until('all records', () => first.records.length === 200);
    assert.equal(first.source.keepsStates, true);
    assert.deepEqual([statesAt(first, 0), statesAt(first, 1)], [[], []]);
    await commit(first, 10, new Map([...stateOf(1, 'a'), ...stateOf(1, 'b'), ...stateOf(1, 'c')]));
    await commit(first, 20, new Map([...stateOf(2, 'a'), ['b', null]]));
    await commit(first, 20, stateOf(3, 'c'));
    await commit(first, 7, stateOf(9, 'a'));
    await commit(first, 30, undefined, 1);
    await first.source.close();

    const second = open();
    await until('the rest', () => second.records.length === 80 + 70);
    assert.deepEqual(statesAt(second, 0), [
      ['a', state(2)],
      ['c', state(3)],
    ]);
    assert.deepEqual(statesAt(second, 1), []);
    const kinds = second.events
      .filter((event) => event.kind !== 'record' && event.partition === 0)
      .map(({ kind }) => kind);
    assert.deepEqual(kinds, ['reset']);
    const { topics } = await admin.fetchTopicMetadata({ topics: [stateTopic] });
    assert.equal(topics[0]?.partitions.length, 2);
  });

  test('states of another version of the model are not read', async (t) => {
    const { open } = await feed(t);
    const first = open();
    await until('all records', () => first.records.length === 100);
    await commit(first, 10, new Map([...stateOf(1, 'a'), ...stateOf(1, 'b')]));
    await first.source.close();
    const second = open('m2');
    await until('the rest', () => second.records.length === 90);
    assert.deepEqual(statesAt(second), []);
    await commit(second, 20, stateOf(2, 'a'));
    await second.source.close();
    const third = open('m1');
    await until('the rest', () => third.records.length === 80);
    assert.deepEqual(statesAt(third), [['b', state(1)]]);
  });

  test('a second member gets a partition with its states; the first keeps the other, from its commit', async (t) => {
    const { open } = await feed(t, 2);
    const first = open();
    await until('all records', () => first.records.length === 200);
    await commit(first, 40, stateOf(1, 'a'), 0);
    await commit(first, 50, stateOf(1, 'b'), 1);
    const second = open();
    await until(
      'both to go on',
      () =>
        resets(second, 0).length + resets(second, 1).length === 1 &&
        first.records.length + second.records.length === 200 + 60 + 50,
    );
    const [taken, kept] = resets(second, 0).length === 1 ? ([0, 1] as const) : ([1, 0] as const);
    assert.deepEqual(statesAt(second, taken), [[taken === 0 ? 'a' : 'b', state(1)]]);
    assert.deepEqual(statesAt(first, kept), [[kept === 0 ? 'a' : 'b', state(1)]]);
    const closings = first.events.flatMap((event) => (event.kind === 'closed' ? [event.partition] : []));
    assert.deepEqual(closings.sort(), [0, 1], 'a partition is closed before it starts again');
  });

  test('one that was shut out writes nothing more, and takes the partition back only while it is a member', async (t) => {
    const { open, topic, group, stateTopic } = await feed(t);
    const first = open();
    await until('all records', () => first.records.length === 100);
    await commit(first, 40, stateOf(1));
    const options = { group, topic, partition: 0, stateTopic, model: 'm1', retriesMax: 5 };
    const other = new KafkaStateWriter(client, options, systemClock);
    t.after(() => other.close());
    await other.fence();
    await other.commit({ topic, partition: 0, generation: 0, nextOffset: 60, states: stateOf(2) });
    await commit(first, 50, stateOf(3));
    await until('the partition to start again', () => resets(first).length === 2 && first.records.length === 140);
    assert.deepEqual(statesAt(first), [['a', state(2)]]);
    assert.ok((resets(first)[1]?.generation ?? 0) > (resets(first)[0]?.generation ?? 0));
    await assert.rejects(other.commit({ topic, partition: 0, generation: 0, nextOffset: 70, states: stateOf(4) }));
    await commit(first, 80, stateOf(5));
    await first.source.close();
    const last = open();
    await until('the rest', () => last.records.length === 20);
    assert.deepEqual(statesAt(last), [['a', state(5)]]);
  });

  test('a transaction that was left open does not count, and does not hold up the next owner', async (t) => {
    const { open, topic, group, stateTopic } = await feed(t);
    const first = open();
    await until('all records', () => first.records.length === 100);
    await commit(first, 40, stateOf(1));
    await first.source.close();
    const producer = client.producer({
      transactionalId: `${group}.${topic}.0`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    t.after(() => producer.disconnect());
    await producer.connect();
    const transaction = await producer.transaction();
    const value = JSON.stringify(state(2));
    await transaction.send({
      topic: stateTopic,
      messages: [{ key: 'a', value, partition: 0, headers: { model: 'm1' } }],
    });
    await transaction.sendOffsets({
      consumerGroupId: group,
      topics: [{ topic, partitions: [{ partition: 0, offset: '90' }] }],
    });
    const second = open();
    await until('the rest', () => second.records.length === 60);
    assert.deepEqual(statesAt(second), [['a', state(1)]]);
  });

  test('a topic that deletes, a record that is no state, and one that is too large are said plainly', async (t) => {
    const damaged = await feed(t);
    const first = damaged.open();
    await until('all records', () => first.records.length === 100);
    const huge = { ...state(1), score: { scores: Array.from({ length: 2_000_000 }, () => Math.random()) } };
    await assert.rejects(commit(first, 10, new Map([['a', huge]])), (error: unknown) => {
      assert.ok(error instanceof DriftcastError);
      assert.match(String(error.hint), /max\.message\.bytes/);
      return error.code === 'STATE_INVALID';
    });
    await first.source.close();
    await kafka.send(damaged.stateTopic, [{ key: 'a', value: Buffer.from('{"window":3}'), partition: 0 }]);
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: damaged.stateTopic, configEntries: [{ name: 'cleanup.policy', value: 'delete' }] }],
    });
    await assert.rejects(damaged.open().done, (error: unknown) => {
      assert.ok(error instanceof DriftcastError);
      assert.match(error.message, /cleanup\.policy is delete/);
      assert.match(String(error.hint), /--add-config cleanup\.policy=compact/);
      return true;
    });
  });

  test('partitions that an input topic has got since are added', async (t) => {
    const { open, topic, stateTopic } = await feed(t);
    const first = open();
    await until('all records', () => first.records.length === 100);
    await first.source.close();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    const second = open();
    await until('all partitions', () => [0, 1, 2].every((partition) => resets(second, partition).length > 0));
    const { topics } = await admin.fetchTopicMetadata({ topics: [stateTopic] });
    assert.equal(topics[0]?.partitions.length, 3);
  });

  test('thousands of states, many batches: the newest of each', async (t) => {
    const { open } = await feed(t);
    const first = open();
    await until('all records', () => first.records.length === 100);
    const many = (round: number) =>
      new Map(
        Array.from({ length: 8 }, (_, i) => [`s${i}`, { ...state(round), score: { scores: 'x'.repeat(300_000) } }]),
      );
    for (let round = 1; round <= 3; round++) await commit(first, 10 * round, many(round));
    await first.source.close();
    const second = open();
    await until('the rest', () => second.records.length === 70);
    assert.deepEqual(
      statesAt(second).map(([, { window }]) => window),
      Array.from({ length: 8 }, () => ({ n: 3 })),
    );
  });
});
