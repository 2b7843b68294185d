import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { counters, createMetrics, gauges, histograms } from '../../src/telemetry/metrics.ts';

const fresh = () => createMetrics({ pipeline: 'demo', processMetrics: false });
const lines = async (metrics: ReturnType<typeof fresh>, name: string) =>
  (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith(name))
    .sort();

describe('createMetrics', () => {
  test('every metric is there from the start, with help, prefix and a type', async () => {
    const text = await fresh().text();
    for (const name of [...Object.keys(counters), ...Object.keys(gauges), ...Object.keys(histograms)]) {
      assert.match(text, new RegExp(`^# HELP driftcast_${name} \\S`, 'm'));
      assert.match(text, new RegExp(`^# TYPE driftcast_${name} (counter|gauge|histogram)$`, 'm'));
    }
    assert.match(text, /^driftcast_records_total\{pipeline="demo"\} 0$/m);
  });

  test('counts, sets and observes', async () => {
    const metrics = fresh();
    metrics.count('readings_total');
    metrics.count('readings_total', 4);
    metrics.gauge('series', 7);
    metrics.observe('batch_windows', 3);
    assert.deepEqual(await lines(metrics, 'driftcast_readings_total'), ['driftcast_readings_total{pipeline="demo"} 5']);
    assert.deepEqual(await lines(metrics, 'driftcast_series{'), ['driftcast_series{pipeline="demo"} 7']);
    const buckets = await lines(metrics, 'driftcast_batch_windows_bucket');
    assert.ok(buckets.includes('driftcast_batch_windows_bucket{le="4",pipeline="demo"} 1'), buckets.join('\n'));
    assert.ok(buckets.includes('driftcast_batch_windows_bucket{le="2",pipeline="demo"} 0'));
  });

  test('a gauge of what is gone is told no more, and those of the others are', async () => {
    const metrics = fresh();
    for (const partition of ['0', '1']) metrics.gauge('watermark_lag_ms', 5, { topic: 't', partition });
    metrics.gauge('watermark_lag_ms', null, { topic: 't', partition: '0', other: 'dropped' });
    metrics.gauge('lag_messages', null, { topic: 't', partition: '7' });
    assert.deepEqual(await lines(metrics, 'driftcast_watermark_lag_ms{'), [
      'driftcast_watermark_lag_ms{topic="t",partition="1",pipeline="demo"} 5',
    ]);
  });

  test('keeps the labels of the metric and drops all others: no data makes a new one', async () => {
    const metrics = fresh();
    metrics.count('dead_letters_total', 2, { reason: 'parse_error' });
    metrics.count('dead_letters_total', 1, { reason: 'parse_error', series: 'pump-1' });
    assert.deepEqual(await lines(metrics, 'driftcast_dead_letters_total'), [
      'driftcast_dead_letters_total{reason="parse_error",pipeline="demo"} 3',
    ]);
  });

  test('escapes label values', async () => {
    const metrics = fresh();
    metrics.gauge('lag_messages', 1, { topic: 'a"b\n', partition: '0' });
    assert.deepEqual(await lines(metrics, 'driftcast_lag_messages'), [
      'driftcast_lag_messages{topic="a\\"b\\n",partition="0",pipeline="demo"} 1',
    ]);
  });

  test('a number that is none does not stop anybody', async () => {
    const metrics = fresh();
    metrics.count('readings_total', -1);
    metrics.count('readings_total', Number.NaN);
    metrics.gauge('series', Number.NaN);
    metrics.observe('infer_ms', Infinity);
    assert.deepEqual(await lines(metrics, 'driftcast_readings_total'), ['driftcast_readings_total{pipeline="demo"} 0']);
    assert.deepEqual(await lines(metrics, 'driftcast_series{'), ['driftcast_series{pipeline="demo"} 0']);
    assert.deepEqual(await lines(metrics, 'driftcast_infer_ms_count'), []);
  });

  test('two pipelines in one process do not mix', async () => {
    const [a, b] = [fresh(), createMetrics({ pipeline: 'other', processMetrics: true })];
    a.count('readings_total');
    assert.match(await b.text(), /driftcast_readings_total\{pipeline="other"\} 0/);
    assert.match(await b.text(), /driftcast_process_cpu_seconds_total/);
    assert.doesNotMatch(await a.text(), /process_cpu/);
  });

  test('buckets ascend', () => {
    for (const { buckets } of Object.values(histograms))
      assert.deepEqual(
        [...buckets].sort((a, b) => a - b),
        buckets,
      );
  });
});
