import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { before, describe, test } from 'node:test';
import { compressions, compressionType, registerKafkaCodecs, unreadableBatch } from '../../src/core/kafka-codecs.ts';
import { createRng } from '../../src/core/rng.ts';

// What the codecs know of kafkajs: that they are given a view of the broker's answer. So kafkajs itself reads here.
const require = createRequire(import.meta.url);
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0');
const Record = require('kafkajs/src/protocol/recordBatch/record/v0');
const Encoder = require('kafkajs/src/protocol/encoder');
const Decoder = require('kafkajs/src/protocol/decoder');
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages');

const seed = Number(process.env.DRIFTCAST_TEST_SEED ?? 20_260_301);
console.log(`# seed ${seed}`);
const firstOffset = 7000;
const headerBytes = 61;

interface Message {
  readonly offset: string;
  readonly value: Buffer | null;
}

async function batchOf(count: number, compression: number): Promise<Buffer> {
  const records = Array.from({ length: count }, (_, i) =>
    Record({ offsetDelta: i, timestampDelta: i, key: Buffer.from('k'), value: Buffer.from(`{"a":${i}}`), headers: {} }),
  );
  const batch = await RecordBatch({
    compression,
    firstOffset,
    firstTimestamp: 1000,
    maxTimestamp: 2000,
    lastOffsetDelta: count - 1,
    records,
  });
  return batch.buffer;
}

/** The messages of an answer with this record set, as kafkajs reads it. */
const read = (batch: Buffer): Promise<readonly Message[]> =>
  decodeMessages(new Decoder(new Encoder().writeInt32(batch.length).writeBuffer(batch).buffer));

describe('codecs of kafkajs', () => {
  before(registerKafkaCodecs);

  for (const name of compressions.filter((one) => one !== 'none')) {
    test(`${name}: what it wrote is read`, async () => {
      const messages = await read(await batchOf(300, compressionType[name]));
      assert.deepEqual(
        messages.map(({ value }) => String(value)),
        Array.from({ length: 300 }, (_, i) => `{"a":${i}}`),
      );
      assert.ok(messages.every(({ value }) => unreadableBatch(value) === null));
    });

    test(`${name}: every damaged batch becomes messages that say so, at its offsets`, async () => {
      const rng = createRng(seed);
      const whole = await batchOf(20, compressionType[name]);
      for (let run = 0; run < 100; run++) {
        const damaged = Buffer.from(whole);
        damaged[headerBytes + rng.integer(whole.length - headerBytes)] ^= 1 + rng.integer(255);
        const messages = await read(damaged);
        assert.deepEqual(
          messages.map(({ offset }) => Number(offset)),
          Array.from({ length: 20 }, (_, i) => firstOffset + i),
        );
        for (const { value } of messages) {
          assert.equal(
            unreadableBatch(value),
            `a batch compressed with ${name} cannot be read: its checksum does not match`,
          );
        }
      }
    });
  }

  test('a damaged header ends the consumer with a message: it is not asked for again for ever', async () => {
    const damaged = await batchOf(20, compressionType.gzip);
    damaged.writeInt32BE(-5, 23); // the last offset
    await assert.rejects(read(damaged), (error: Error & { retriable?: boolean }) => {
      assert.match(error.message, /compressed with gzip .* checksum does not match; kafka-consumer-groups/);
      assert.equal(error.retriable, false);
      return true;
    });
  });

  test('messages of others that share nothing with a damaged batch are messages', () => {
    assert.equal(unreadableBatch(null), null);
    assert.equal(unreadableBatch(Buffer.from([0])), null);
  });
});
