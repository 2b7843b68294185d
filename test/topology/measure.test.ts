import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GaugeName, silentTelemetry, type Telemetry } from '../../src/core/telemetry.ts';
import { measure, unmeasure } from '../../src/topology/measure.ts';

function listening(): { readonly telemetry: Telemetry; readonly told: [GaugeName, number | null, string][] } {
  const told: [GaugeName, number | null, string][] = [];
  const telemetry: Telemetry = {
    ...silentTelemetry,
    gauge: (name, value, labels = {}) => void told.push([name, value, Object.values(labels).join('/')]),
  };
  return { telemetry, told };
}

const assembler = { watermarks: () => [{ topic: 't', partition: 3, watermarkMs: 900 }] };

test('tells how far event time is behind, and how old the state is where one is kept', () => {
  const { telemetry, told } = listening();
  measure(telemetry, 1000, assembler, null, []);
  assert.deepEqual(told.splice(0), [['watermark_lag_ms', 100, 't/3']]);
  measure(telemetry, 1000, assembler, { series: 7, savedMs: null }, []);
  assert.deepEqual(told.splice(0).slice(1), [['state_series', 7, '']]);
  measure(telemetry, 1000, assembler, { series: 7, savedMs: 990 }, []);
  assert.deepEqual(told.slice(1), [
    ['state_series', 7, ''],
    ['state_age_ms', 10, ''],
  ]);
});

test('tells how full the buffers are', () => {
  const { telemetry, told } = listening();
  measure(telemetry, 1000, { watermarks: () => [] }, null, [{ buffer: 'outcomes', entries: 3, entriesMax: 8 }]);
  assert.deepEqual(told, [
    ['buffer_entries', 3, 'outcomes'],
    ['buffer_entries_max', 8, 'outcomes'],
  ]);
});

test('of a partition that has left nothing is told any more', () => {
  const { telemetry, told } = listening();
  unmeasure(telemetry, { topic: 't', partition: 3 });
  assert.deepEqual(
    told,
    ['watermark_lag_ms', 'low_water_offset', 'lag_messages'].map((name) => [name, null, 't/3']),
  );
});
