import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readSizeConstants } from '../../src/cli/doctor/size-constants.ts';
import type { PerformanceReport } from './render-tables.ts';
import { sizeConstantsOf } from './size-constants.ts';

const committed = JSON.parse(
  readFileSync(new URL('./results/performance.json', import.meta.url), 'utf8'),
) as PerformanceReport & Record<string, unknown>;

describe('what `driftcast doctor --size` reckons with', () => {
  test('is what results/performance.json holds: npm run bench', () =>
    assert.deepEqual(readSizeConstants(), sizeConstantsOf(committed)));

  test('is taken from the keys by number of channels, and split into messages and values', () => {
    const bare = Object.entries(committed).filter(([key]) => !/^(main_thread_ms_a_window|bytes_a_series)_/.test(key));
    const made = sizeConstantsOf({
      ...(Object.fromEntries(bare) as typeof committed),
      narrow_messages_per_s_core: 1e6 / 6,
      wide_values_per_s_core: (38 * 1e6) / (5 + 38),
      windows_per_s_core_channels_1_batch_32: 2000,
      main_thread_ms_a_window_channels_8: 0.5,
      main_thread_ms_a_window_channels_128: 3,
      bytes_a_series_channels_8: 10_485.76,
      resident_mib_10000_series_8_channels: 250,
      peak_mib_10000_series_8_channels: 500,
      onnx_resident_mb: 150,
    });
    assert.deepEqual([made.decode_us_a_message, made.decode_us_a_value], [5, 1]);
    assert.equal(made.worker_ms_a_window[1], 0.5);
    assert.deepEqual(Object.keys(made.worker_ms_a_window), ['1', '8', '38', '128']);
    assert.deepEqual(made.main_thread_ms_a_window, { 8: 0.5, 128: 3 });
    assert.deepEqual(made.bytes_a_series, { 8: 10_485.76 });
    assert.deepEqual([made.process_mb, made.peak_over_resident], [150, 2]);
    assert.equal(made.worker_resident_mb, 150);
  });

  test('cannot be made of a report that lacks what it is made of', () =>
    assert.throws(
      () => sizeConstantsOf({ ...committed, narrow_messages_per_s_core: undefined }),
      /has no narrow_messages/,
    ));
});
