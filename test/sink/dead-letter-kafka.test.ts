import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import { deadLetterKafka, deadLetterMessage } from '../../src/sink/dead-letter-kafka.ts';
import { contextWith } from './fixtures.ts';

const letter: DeadLetter = {
  reason: 'too_deep',
  detail: 'nested 17 deep',
  position: { topic: 'in', partition: 1, generation: 3, offset: 9 },
  key: 'pump-1',
  raw: Uint8Array.of(255, 0),
  timeMs: 1000,
};

describe('deadLetterKafka', () => {
  test('its examples validate, a broken topic does not', () => {
    for (const example of deadLetterKafka.examples) deadLetterKafka.options.parse(example);
    assert.equal(deadLetterKafka.options.safeParse({ brokers: ['b:1'], topic: 'a/b' }).success, false);
  });

  test('the value is the message as it came, the headers say why and where from', () => {
    assert.deepEqual(deadLetterMessage(letter), {
      key: 'pump-1',
      value: Buffer.from([255, 0]),
      headers: {
        reason: 'too_deep',
        detail: 'nested 17 deep',
        time_ms: '1000',
        topic: 'in',
        partition: '1',
        offset: '9',
      },
    });
  });

  test('no position, no key, no message', () => {
    assert.deepEqual(deadLetterMessage({ ...letter, position: null, key: null, raw: null }), {
      key: null,
      value: null,
      headers: { reason: 'too_deep', detail: 'nested 17 deep', time_ms: '1000' },
    });
  });

  test('without a broker it is DEAD_LETTER_FAILED within the deadline', async () => {
    const options = deadLetterKafka.options.parse({ brokers: ['127.0.0.1:1'], timeout_ms: 1000, create_topics: false });
    const sink = deadLetterKafka.build(options, contextWith());
    await assert.rejects(sink.write([letter]), { code: 'DEAD_LETTER_FAILED', retryable: true });
    await sink.write([]);
    await sink.close();
  });
});
