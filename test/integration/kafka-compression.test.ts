import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { systemClock } from '../../src/core/clock.ts';
import { compressions } from '../../src/core/kafka-codecs.ts';
import type { SourceEvent } from '../../src/core/record.ts';
import { kafkaSink } from '../../src/sink/kafka.ts';
import { kafkaSource } from '../../src/source/kafka.ts';
import { contextWith, scoresOf } from '../sink/fixtures.ts';
import { TestKafka } from '../support/kafka.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const skip =
  broker === undefined
    ? 'set DRIFTCAST_TEST_KAFKA=host:port (deploy/native/kafka.sh up prints one)'
    : spawnSync('kcat', ['-V']).error !== undefined && 'needs kcat (apt-get install kcat)';

const messages = Array.from({ length: 2000 }, (_, i) => `{"device":"pump-${i % 3}","a":${Math.sin(i)}}`);

/** Another client than ours on the other side, in both directions. */
describe('compression, against kcat', { skip }, () => {
  let kafka: TestKafka;
  const prefixes: string[] = [];
  before(async () => {
    kafka = await TestKafka.connect(broker as string);
  });
  after(async () => {
    await kafka.close();
    const admin = new Kafka({ brokers: [broker as string], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const made = (await admin.listTopics()).filter((topic) => prefixes.some((prefix) => topic.startsWith(prefix)));
    if (made.length > 0) await admin.deleteTopics({ topics: made });
    await admin.disconnect();
  });

  async function readAll(topics: string): Promise<string[]> {
    const source = kafkaSource.build(
      kafkaSource.options.parse({
        brokers: [broker],
        topics,
        group: kafka.groupName(),
        until: 'end',
        fetch_wait_ms_max: 100,
      }),
      contextWith({ clock: systemClock }),
    );
    const texts: string[] = [];
    const emit = (event: SourceEvent) => {
      if (event.kind === 'record') texts.push(event.record.unreadable ?? String(Buffer.from(event.record.value ?? [])));
    };
    await source.run(emit, { free: true, whenFree: async () => {} });
    await source.close();
    return texts;
  }

  for (const name of compressions) {
    test(`${name}: what kcat sends arrives, to the letter`, async () => {
      const topic = await kafka.createTopic(1);
      const options = ['-X', `compression.codec=${name}`, '-X', 'linger.ms=100'];
      execFileSync('kcat', ['-P', '-b', broker as string, '-t', topic, '-p', '0', ...options], {
        input: `${messages.join('\n')}\n`,
      });
      assert.deepEqual(await readAll(topic), messages);
    });

    test(`${name}: what the sink sends, kcat reads`, async () => {
      const topic = kafka.topicName();
      prefixes.push(topic);
      const sink = kafkaSink.build(
        kafkaSink.options.parse({ brokers: [broker], topic_prefix: topic, compression: name }),
        contextWith({ clock: systemClock }),
      );
      assert.deepEqual(await sink.deliver([scoresOf('a', 500)]), []);
      await sink.close();
      const read = execFileSync('kcat', ['-C', '-e', '-q', '-b', broker as string, '-t', `${topic}.score`]);
      const lines = String(read).trimEnd().split('\n');
      assert.equal(lines.length, 500);
      assert.ok(lines.every((line) => JSON.parse(line).tags.series === 'a'));
    });
  }
});
