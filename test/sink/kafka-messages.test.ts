import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../../src/core/alert.ts';
import { pointJson, pointMessage } from '../../src/sink/kafka.ts';
import {
  type KafkaTopic,
  kafkaMessageSchema,
  kafkaMessages,
  kafkaTopics,
  topicOf,
} from '../../src/sink/kafka-messages.ts';
import { outcomeToPoints } from '../../src/sink/points.ts';
import { alertWith, channels, inferenceWith, rowWith, windowWith } from './fixtures.ts';

/** Every kind of point at once: rows, cells that were measured and imputed, a forecast, an alert of each state. */
const everything = (value: number, series: string, summary: string): Outcome => ({
  verdict: {
    rows: [rowWith({ score: value, alarm: true }), rowWith({ timeMs: -5, learning: true })],
    inference: inferenceWith({
      window: windowWith({ series, values: Float64Array.of(1, 2, 3, 4, value, NaN, -value, 8) }),
      quantileLevels: [0.025, 0.5, 0.975],
      imputed: { rows: Int32Array.of(2), final: Uint8Array.of(1), quantiles: new Float64Array(6).fill(value) },
      forecast: { horizon: 2, quantiles: new Float64Array(12).fill(value) },
    }),
  },
  alerts: (['pending', 'firing', 'resolved'] as const).map((state) => alertWith({ series, state, summary })),
});

describe('messages of the result topics', () => {
  test('property: every message keeps to the schema of its topic, and nothing is lost on the way', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, fc.string({ minLength: 1 }), fc.string(), (value, series, summary) => {
        const points = outcomeToPoints(everything(value, series, summary), channels);
        assert.deepEqual(new Set(points.map(topicOf)), new Set(kafkaTopics));
        for (const point of points) {
          const sent: unknown = JSON.parse(pointJson(point));
          const { success, error } = kafkaMessages[topicOf(point) as KafkaTopic].safeParse(sent);
          assert.ok(success, `${error?.message} ${pointJson(point)}`);
        }
      }),
    );
  });

  test('the schemas refuse what is no such message', () => {
    const good = {
      measurement: 'driftcast_value',
      tags: { series: 'a', channel: 'b' },
      fields: { observed: 1 },
      time_ms: 5,
    };
    assert.equal(kafkaMessages.value.safeParse(good).success, true);
    for (const wrong of [
      { ...good, measurement: 'driftcast_score' },
      { ...good, tags: { series: 'a' } },
      { ...good, tags: { ...good.tags, run: '1' } },
      { ...good, fields: {} },
      { ...good, fields: { observed: '1' } },
      { ...good, fields: { imputed: 1 } },
      { ...good, time_ms: 1.5 },
      { ...good, more: 1 },
    ]) {
      assert.equal(kafkaMessages.value.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
    const forecast = { ...good, measurement: 'driftcast_forecast', fields: { horizon_steps: 1, p05: 'x' } };
    assert.equal(kafkaMessages.forecast.safeParse(forecast).success, false);
  });

  test('a message is keyed by its series, says its schema and has the time of sending, from which retention counts', () => {
    const [point] = outcomeToPoints(everything(1, 'pump-1', ''), channels).filter(({ timeMs }) => timeMs < 0);
    const { key, timestamp, headers, value } = pointMessage(point, 'plant');
    assert.deepEqual([key, timestamp], ['pump-1', undefined]);
    assert.deepEqual(headers, {
      'content-type': 'application/json',
      schema: (kafkaMessageSchema('score') as { $id: string }).$id,
      pipeline: 'plant',
    });
    assert.equal(JSON.parse(value).time_ms, -5);
  });
});
