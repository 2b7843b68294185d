import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTelemetry, type TelemetryOptions } from '../../src/telemetry/create-telemetry.ts';

function record(options: Partial<TelemetryOptions> = {}) {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  return { telemetry: createTelemetry({ pipeline: 'demo', level: 'info', stream, ...options }), written };
}

describe('createTelemetry', () => {
  test('one JSON line an event, with time, level, pipeline and fields', () => {
    const { telemetry, written } = record();
    telemetry.log('info', 'started', { port: 8080 });
    assert.equal(written.length, 1);
    assert.ok(written[0].endsWith('\n'));
    const { time, ...rest } = JSON.parse(written[0]) as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, { level: 'info', pipeline: 'demo', port: 8080, msg: 'started' });
  });

  test('holds back what is below its level', () => {
    const { telemetry, written } = record({ level: 'warn' });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) telemetry.log(level, level);
    assert.deepEqual(
      written.map((line) => JSON.parse(line).level),
      ['warn', 'error'],
    );
    const silent = record({ level: 'silent' });
    silent.telemetry.log('error', 'x');
    assert.deepEqual(silent.written, []);
  });

  test('no secret passes, by field, by error or by text', () => {
    const { telemetry, written } = record();
    telemetry.log('error', 'POST http://ann:s3cret1@db failed', {
      password: 's3cret1',
      options: { headers: { Authorization: 'Bearer s3cret1' } },
      error: Object.assign(new Error('token=s3cret1'), { config: { secret: 's3cret1' } }),
    });
    assert.doesNotMatch(written.join(''), /s3cret1/);
    assert.match(written.join(''), /"options"/);
  });

  test('a field cannot stand in for one of the logger’s own', () => {
    const { telemetry, written } = record();
    telemetry.log('warn', 'real', { msg: 'fake', level: 'error', time: 0, pipeline: 'x' });
    const entry = JSON.parse(written[0]) as Record<string, unknown>;
    assert.deepEqual([entry.msg, entry.level, entry.pipeline, entry.msg_], ['real', 'warn', 'demo', 'fake']);
  });

  test('one event is one line, whatever is in it', () => {
    const { telemetry, written } = record();
    telemetry.log('info', 'a\nb', { c: 'd\ne' });
    assert.equal(written.join('').trimEnd().split('\n').length, 1);
  });

  test('pretty lines for people', () => {
    const { telemetry, written } = record({ pretty: true });
    telemetry.log('info', 'started', { port: 8080 });
    assert.match(written[0], /^\d\d:\d\d:\d\d INFO {2}started {2}port=8080\n$/);
  });

  test('metrics in the text format', async () => {
    const { telemetry } = record();
    telemetry.count('alerts_total', 1, { kind: 'anomaly', state: 'firing' });
    telemetry.gauge('windows_in_flight', 3);
    telemetry.observe('sink_ms', 12, { sink: 'influxdb' });
    const text = await telemetry.metricsText();
    assert.match(text, /^driftcast_alerts_total\{kind="anomaly",state="firing",pipeline="demo"\} 1$/m);
    assert.match(text, /^driftcast_windows_in_flight\{pipeline="demo"\} 3$/m);
    assert.match(
      text,
      /^driftcast_sink_ms_count\{pipeline="demo",sink="influxdb"\} 1$|^driftcast_sink_ms_count\{sink="influxdb",pipeline="demo"\} 1$/m,
    );
    assert.match(telemetry.metricsContentType, /^text\/plain/);
  });
});
