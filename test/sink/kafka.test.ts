import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kafkaSink, pointJson } from '../../src/sink/kafka.ts';
import { alertWith, contextWith, recordingTelemetry, scoresOf } from './fixtures.ts';

/** A port that nobody listens on. */
const nowhere = '127.0.0.1:1';

describe('kafkaSink', () => {
  test('its examples validate; broken topics and unknown options do not', () => {
    for (const example of kafkaSink.examples) kafkaSink.options.parse(example);
    for (const wrong of [{ topic_prefix: 'a b' }, { topic_prefix: '' }, { topics: 'x' }, { brokers: [] }]) {
      assert.equal(kafkaSink.options.safeParse({ brokers: [nowhere], ...wrong }).success, false, JSON.stringify(wrong));
    }
  });

  test('a point as JSON', () => {
    const point = {
      measurement: 'm',
      tags: { series: 'a' },
      fields: { v: 1, alarm: 0 },
      integerFields: ['alarm'],
      timeMs: 5,
    };
    assert.equal(pointJson(point), '{"measurement":"m","tags":{"series":"a"},"fields":{"v":1,"alarm":0},"time_ms":5}');
  });

  test('a message that no broker takes is a dead letter, and nothing is sent for an empty rest', async () => {
    const sink = kafkaSink.build(kafkaSink.options.parse({ brokers: [nowhere] }), contextWith());
    const letters = await sink.deliver([{ verdict: null, alerts: [alertWith({ summary: 'x'.repeat(1_100_000) })] }]);
    assert.equal(letters.length, 1);
    assert.equal(letters[0].reason, 'sink_rejected');
    assert.match(letters[0].detail, /bytes, at most 1000000/);
    assert.equal(letters[0].raw?.byteLength, 65_536);
    await sink.close();
  });

  test('without a broker it is SINK_FAILED within the deadline, still closes, and no password is told', async () => {
    const { telemetry, told } = recordingTelemetry();
    const sasl = { mechanism: 'plain', username: 'ann', password: 's3cret-word' };
    const options = kafkaSink.options.parse({ brokers: [nowhere], timeout_ms: 1000, create_topics: false, sasl });
    const sink = kafkaSink.build(options, contextWith({ telemetry }));
    await assert.rejects(sink.deliver([scoresOf('a', 1)]), (error: Error & { code?: string; retryable?: boolean }) => {
      assert.deepEqual([error.code, error.retryable], ['SINK_FAILED', true]);
      assert.match(error.message, /^writing to Kafka at 127.0.0.1:1, topics driftcast\.\*: /);
      assert.doesNotMatch([error.message, ...told.logs, sink.health().detail].join(), /s3cret-word/);
      return true;
    });
    assert.equal(sink.health().ok, false);
    assert.doesNotMatch(told.logs.join(), /Limiting retries/);
    await sink.close();
  });
});
