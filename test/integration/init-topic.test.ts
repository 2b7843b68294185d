import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Kafka, logLevel, type Message, Partitioners } from 'kafkajs';
import { registerInit } from '../../src/cli/init.ts';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { runCommand } from '../cli/test-io.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const skip =
  broker === undefined ? 'set DRIFTCAST_TEST_KAFKA=host:port (deploy/native/kafka.sh up starts a broker)' : false;
const START_MS = Date.UTC(2026, 0, 5);

/** A topic of two partitions with these messages, deleted after the test. */
async function topicWith(t: TestContext, messages: readonly Message[]): Promise<string> {
  const topic = `init-test-${process.pid}-${systemClock.nowMs()}`;
  const kafka = new Kafka({ brokers: [broker as string], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
  if (messages.length > 0) await producer.send({ topic, messages: [...messages] });
  await producer.disconnect();
  t.after(async () => {
    await admin.deleteTopics({ topics: [topic] });
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    assert.deepEqual(
      groups.filter(({ groupId }) => groupId.startsWith('driftcast-init-')),
      [],
      'no group is left behind',
    );
  });
  return topic;
}

async function init(t: TestContext, topic: string, ...more: string[]) {
  const out = mkdtempSync(path.join(tmpdir(), 'driftcast-init-topic-'));
  t.after(() => rmSync(out, { recursive: true }));
  const args = ['init', '--brokers', broker as string, '--topic', topic, '--out', out, ...more];
  const result = await runCommand(
    (program, io) => registerInit(program, { ...io, clock: systemClock }, registry),
    args,
  );
  return { ...result, out };
}

const load = (out: string) => loadPipeline(path.join(out, 'pipeline.yaml'), { registry, env: {} }).config;

test('wide JSON keyed by device: pipeline and sample', { skip }, async (t) => {
  const messages = Array.from({ length: 600 }, (_, row) => ({
    key: `pump-${row % 3}`,
    value: JSON.stringify({ ts: START_MS + Math.floor(row / 3) * 60_000, flow: row * 1.25, on: row % 2 === 0 }),
  }));
  const topic = await topicWith(t, messages);
  const { error, stdout, out } = await init(t, topic);
  assert.equal(error, null);
  const config = load(out);
  assert.deepEqual(config.source.topics, [topic]);
  assert.deepEqual(config.decode.series, { key: true });
  assert.equal(config.window.step_ms, 60_000);
  assert.deepEqual(
    config.channels.map(({ name, kind }) => [name, kind]),
    [
      ['flow', 'gauge'],
      ['on', 'flag'],
    ],
  );
  assert.match(stdout, /600 messages of wide JSON: 600 rows, 3 series, 2 channels/);
  const sample = readFileSync(path.join(out, 'sample.csv'), 'utf8').trimEnd().split('\n');
  assert.equal(sample[0], 'time,series,flow,on');
  assert.equal(sample.length, 601);
});

test('line protocol, only as many messages as asked for', { skip }, async (t) => {
  const messages = Array.from({ length: 900 }, (_, row) => ({
    value: `cpu,host=web usage=${row % 97}.5 ${START_MS + row * 10_000}000000`,
  }));
  const { error, stdout, out } = await init(t, await topicWith(t, messages), '--sample', '300');
  assert.equal(error, null);
  assert.equal(load(out).decode.type, 'line-protocol');
  assert.match(stdout, /the first 300 rows/);
});

test('says what keeps a topic from being looked at', { skip }, async (t) => {
  const fails = async (topic: string, code: string, pattern: RegExp) => {
    const { error } = await init(t, topic);
    assert.ok(error instanceof DriftcastError && error.code === code && pattern.test(error.message), String(error));
  };
  await fails('init-test-nothing', 'DATA_INSUFFICIENT', /no such topic/);
  await fails(await topicWith(t, []), 'DATA_INSUFFICIENT', /the topic is empty/);
  await fails(
    await topicWith(t, [{ value: 'hello' }, { value: '\u0000\u0001' }]),
    'DATA_UNREADABLE',
    /neither JSON objects nor line protocol/,
  );
});
