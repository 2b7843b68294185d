import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { systemClock } from '../../src/core/clock.ts';
import { rowMessage } from '../../src/source/plant/plant.ts';
import { plants } from '../../src/source/plant/plants.ts';
import { createTestIo, simulate, type TestIo } from '../cli/simulate/simulate-io.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const needsBroker = (t: TestContext): boolean => {
  if (broker === undefined) t.skip('set DRIFTCAST_TEST_KAFKA=host:port (deploy/native/kafka.sh up starts a broker)');
  return broker !== undefined;
};
const topicName = () => `simulate-test-${process.pid}-${systemClock.nowMs()}`;
const io = (): TestIo => ({ ...createTestIo(), clock: { ...systemClock, advance: () => {}, slept: [] } });

interface Stored {
  readonly partition: number;
  readonly message: KafkaMessage;
}

/** Reads a topic from its beginning until `count` messages are there, then deletes it. */
async function consume(topic: string, count: number): Promise<{ stored: Stored[]; partitions: number }> {
  const kafka = new Kafka({ brokers: [broker as string], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 300 });
  await Promise.all([admin.connect(), consumer.connect()]);
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    assert.equal(
      ends.reduce((sum, { high }) => sum + Number(high), 0),
      count,
      'messages in the topic',
    );
    const stored: Stored[] = [];
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ partition, message }: Stored) => {
        stored.push({ partition, message });
        if (stored.length === count) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    return { stored, partitions: ends.length };
  } finally {
    await consumer.disconnect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  }
}

test('a plant goes to a topic that is created: every row once, in order, keyed by series', async (t) => {
  if (!needsBroker(t)) return;
  const topic = topicName();
  const start = '2026-01-05T00:00:00Z';
  const args = ['--plant', 'server', '--days', '0.05', '--seed', '9', '--start', start, '--speed', '0'];
  const { err } = await simulate(
    [...args, '--to', 'kafka', '--brokers', broker as string, '--topic', topic, '--partitions', '3'],
    io(),
  );
  const options = { seed: 9, startMs: Date.parse(start), steps: 72, faults: true, dropouts: true };
  const expected = [...plants.server.generate(options)];
  assert.match(err(), new RegExp(`sent ${expected.length} messages to topic ${topic}`));
  const { stored, partitions } = await consume(topic, expected.length);
  assert.equal(partitions, 3);
  for (const series of plants.server.series) {
    const own = stored.filter(({ message }) => String(message.key) === series);
    assert.equal(new Set(own.map(({ partition }) => partition)).size, 1, `${series} is in one partition`);
    assert.deepEqual(
      own.map(({ message }) => JSON.parse(String(message.value))),
      expected.filter((row) => row.series === series).map((row) => rowMessage(plants.server, row)),
    );
  }
});

test('--series-key leaves the series to the key', async (t) => {
  if (!needsBroker(t)) return;
  const topic = topicName();
  const args = ['--days', '0.01', '--start', '2026-01-05T00:00:00Z', '--speed', '0', '--series-key', '--to', 'kafka'];
  await simulate([...args, '--brokers', broker as string, '--topic', topic], io());
  const { stored } = await consume(topic, 14);
  assert.ok(stored.every(({ message }) => String(message.key) === 'station-1'));
  assert.ok(stored.every(({ message }) => !('series' in JSON.parse(String(message.value)))));
});

test('by default the history comes first, then real time; a signal ends it and what was counted is there', async (t) => {
  if (!needsBroker(t)) return;
  const topic = topicName();
  const testIo = io();
  const startedMs = systemClock.nowMs();
  const args = ['--history', '2h', '--speed', '0', '--to', 'kafka', '--brokers', broker as string, '--topic', topic];
  const sending = simulate(args, testIo);
  while (!testIo.err().includes('reached the present')) await systemClock.sleep(50);
  testIo.abort();
  await sending;
  const sent = Number(/sent (\d+) messages/.exec(testIo.err())?.[1]);
  assert.ok(sent >= 120 && sent <= 125, `${sent}`);
  const { stored } = await consume(topic, sent);
  const times = stored.map(({ message }) => JSON.parse(String(message.value)).time as number).sort((a, b) => a - b);
  assert.ok(times[0] <= startedMs - 2 * 3_600_000 && times[0] > startedMs - 2 * 3_600_000 - 60_000);
  assert.ok(times[times.length - 1] <= systemClock.nowMs());
});

test('brokers that are not there: it waits for them, and a signal ends it soon', async () => {
  const args = ['simulate', '--to', 'kafka', '--brokers', '127.0.0.1:1', '--topic', 'none'];
  // A process of its own: the client's retries go on until the command's process ends.
  const child = spawn(process.execPath, ['src/launch.mjs', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk) => {
    const before = said;
    said += String(chunk);
    if (said.includes('ECONNREFUSED') && !before.includes('ECONNREFUSED')) child.kill('SIGTERM');
  });
  const [code, signal] = await ended;
  assert.equal(signal, null, 'it ended by itself');
  assert.equal(code, 0, said);
  assert.match(said, /sent 0 messages/);
});
