import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { deadLetterKafka } from '../../src/sink/dead-letter-kafka.ts';
import { kafkaSink } from '../../src/sink/kafka.ts';
import { kafkaMessages } from '../../src/sink/kafka-messages.ts';
import { alertWith, contextWith, recordingTelemetry, scoresOf } from '../sink/fixtures.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const skip = broker === undefined && 'set DRIFTCAST_TEST_KAFKA=host:port (deploy/native/kafka.sh up prints one)';
const prefix = `driftcast-sink-test-${process.pid}`;

/** All messages of a topic, partition by partition. */
async function readAll(kafka: Kafka, topic: string): Promise<KafkaMessage[]> {
  const admin = kafka.admin();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const wanted = offsets.reduce((sum, { high }) => sum + Number(high), 0);
  const consumer = kafka.consumer({ groupId: `${prefix}-${topic}`, maxWaitTimeInMs: 300 });
  await consumer.subscribe({ topic, fromBeginning: true });
  const messages: KafkaMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    if (wanted === 0) resolve();
    const eachMessage = async ({ message }: { message: KafkaMessage }) => {
      messages.push(message);
      if (messages.length === wanted) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return messages;
}

describe('kafka sink against a broker', { skip }, () => {
  const kafka = new Kafka({ brokers: [broker ?? ''], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  before(() => admin.connect());
  after(async () => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    await admin.disconnect();
  });

  test('makes its topics; every point arrives once, in order, keyed by its series', async () => {
    const beganMs = Date.now();
    const { telemetry, told } = recordingTelemetry();
    const options = kafkaSink.options.parse({ brokers: [broker], topic_prefix: prefix });
    const sink = kafkaSink.build(options, contextWith({ telemetry }));
    const batch = [scoresOf('a', 3000), { verdict: null, alerts: [alertWith()] }, scoresOf('b', 10)];
    assert.deepEqual(await sink.deliver(batch), []);
    await sink.deliver([]);
    await sink.close();
    assert.deepEqual(
      (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)).sort(),
      ['alert', 'forecast', 'score', 'value'].map((name) => `${prefix}.${name}`),
    );
    const scores = await readAll(kafka, `${prefix}.score`);
    for (const [series, length] of [
      ['a', 3000],
      ['b', 10],
    ] as const) {
      const ofSeries = scores.filter(({ key }) => String(key) === series).map(({ value }) => JSON.parse(String(value)));
      assert.deepEqual(
        ofSeries.map(({ fields }) => fields.score),
        Array.from({ length }, (_, index) => index),
      );
      assert.deepEqual(ofSeries[1].tags, { series });
      assert.equal(ofSeries[1].time_ms, 2000);
    }
    const [alert] = await readAll(kafka, `${prefix}.alert`);
    assert.equal(JSON.parse(String(alert.value)).fields.state, 'firing');
    assert.ok(Number(alert.timestamp) >= beganMs, 'retention counts from sending');
    const headers = Object.entries(alert.headers ?? {}).map(([name, value]) => [name, String(value)]);
    assert.deepEqual(headers, [
      ['content-type', 'application/json'],
      ['schema', 'urn:driftcast:kafka:alert:1'],
      ['pipeline', 'demo'],
    ]);
    for (const { value } of [...scores, alert]) {
      const message = JSON.parse(String(value));
      kafkaMessages[message.measurement === 'driftcast_alert' ? 'alert' : 'score'].parse(message);
    }
    assert.equal(told.counts.get('points_written_total{"sink":"kafka"}'), 3011);
  });

  test('a missing topic that may not be made is SINK_FAILED within the deadline', async () => {
    const options = kafkaSink.options.parse({
      brokers: [broker],
      topic_prefix: `${prefix}-none`,
      create_topics: false,
      timeout_ms: 1500,
    });
    const sink = kafkaSink.build(options, contextWith());
    await assert.rejects(sink.deliver([scoresOf('a', 1)]), { code: 'SINK_FAILED', retryable: true });
    assert.equal(sink.health().ok, false);
    await sink.close();
  });

  test('dead letters keep their bytes and say why and where from', async () => {
    const topic = `${prefix}-letters`;
    const sink = deadLetterKafka.build(deadLetterKafka.options.parse({ brokers: [broker], topic }), contextWith());
    const raw = Uint8Array.of(0xff, 0, 1);
    const position = { topic: 'in', partition: 3, generation: 1, offset: 77 };
    await sink.write([{ reason: 'parse_error', detail: 'why', position, key: 'k', raw, timeMs: 5000 }]);
    await sink.close();
    const [letter] = await readAll(kafka, topic);
    assert.deepEqual(letter.value, Buffer.from(raw));
    assert.equal(String(letter.key), 'k');
    const headers = Object.entries(letter.headers ?? {}).map(([name, value]) => [name, String(value)]);
    assert.deepEqual(headers, [
      ['reason', 'parse_error'],
      ['detail', 'why'],
      ['time_ms', '5000'],
      ['topic', 'in'],
      ['partition', '3'],
      ['offset', '77'],
    ]);
  });
});
