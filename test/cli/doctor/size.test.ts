import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { estimateSize, type SizeEstimate } from '../../../src/cli/doctor/size.ts';
import { sizeAsked } from '../../../src/cli/doctor/size-asked.ts';
import { readSizeConstants, type SizeConstants } from '../../../src/cli/doctor/size-constants.ts';
import { sizeText } from '../../../src/cli/doctor/size-text.ts';

/** Costs that can be reckoned with in one's head. */
const constants: SizeConstants = {
  measured_at: '2026-01-01',
  machine: 'a machine',
  command: 'npm run bench',
  length_steps: 96,
  stride_steps: 4,
  forecast_every_steps: 8,
  decode_us_a_message: 5,
  decode_us_a_value: 0.5,
  worker_ms_a_window: { 1: 1, 10: 10, 100: 100 },
  main_thread_ms_a_window: { 10: 2 },
  bytes_a_series: { 10: 1_048_576 },
  process_mb: 200,
  peak_over_resident: 1.5,
  worker_resident_mb: 100,
};
const big = { cores: 1000, memoryBytes: 2 ** 50 };
const estimate = (text: string, changes: Partial<SizeConstants> = {}, machine = big): SizeEstimate =>
  estimateSize(sizeAsked(text.split(' ')), { ...constants, ...changes }, machine);

describe('estimateSize', () => {
  it('reckons rates from series, step and stride', () => {
    const { rates } = estimate('series=4000 channels=10 step=10s');
    assert.deepEqual(rates, {
      messages_per_s: 400,
      values_per_s: 4000,
      windows_per_s: 100,
      // a score a row, a value a cell, a forecast cell for each of 24 rows every 8
      points_per_s: 400 + 4000 + (4000 / 8) * 24,
      fields_per_s: 6 * 400 + 4000 + 7 * (4000 / 8) * 24,
    });
    assert.equal(estimate('series=4000 channels=10 step=10s layout=narrow').rates.messages_per_s, 4000);
    assert.equal(estimate('series=4000 channels=10 step=10s forecast_every=0').rates.points_per_s, 4400);
  });

  it('adds up what keeps cores busy, and lays it out so that none is over 60 %', () => {
    const { busy_cores: busy, ...layout } = estimate('series=4000 channels=10 step=10s');
    // 100 windows/s of 10 ms; 400 messages of 5 us, 4000 values of .5 us, 100 windows of 2 ms
    assert.ok(Math.abs(busy.workers - 1) < 1e-9);
    assert.ok(Math.abs(busy.main_threads - 0.204) < 1e-9);
    assert.deepEqual([layout.processes, layout.workers_a_process, layout.cores], [1, 2, 3]);
    assert.ok(Math.abs(layout.utilisation.workers - 0.5) < 1e-9);
    assert.equal(layout.lag_ms, 0.5 * 4 * 10_000);
    assert.deepEqual(layout.memory_mb, { reading: 4200, reading_peak: 6300, workers: 200 });
  });

  it('asks for more processes, and partitions for them, where one main thread does not suffice', () => {
    const {
      processes,
      kafka_partitions_min: partitions,
      utilisation,
      series_a_process: each,
    } = estimate('series=40000 channels=10 step=10s');
    assert.deepEqual([processes, partitions, each], [4, 4, 10_000]);
    assert.ok(utilisation.main_thread <= 0.6 && utilisation.workers <= 0.6);
  });

  it('grows with everything that makes work', () => {
    const base = 'series=4000 channels=10 step=10s';
    const workers = (text: string) => estimate(text).busy_cores.workers;
    for (const more of [
      'series=8000 channels=10 step=10s',
      'series=4000 channels=20 step=10s',
      'series=4000 channels=10 step=5s',
    ])
      assert.ok(Math.abs(workers(more) / workers(base) - 2) < 1e-9, more);
    assert.ok(Math.abs(workers(`${base} length=192`) / workers(base) - 2) < 1e-9);
    assert.ok(workers(`${base} stride=2 forecast_every=8`) > 1.8 * workers(base));
    assert.ok(workers(`${base} forecast_every=0`) < workers(base));
    assert.ok(workers(`${base} forecast_every=4`) > workers(base));
  });

  it('says whether this machine suffices', () => {
    const at = (machine: typeof big) => estimate('series=4000 channels=10 step=10s', {}, machine).here.fits;
    assert.equal(at({ cores: 3, memoryBytes: 8 * 2 ** 30 }), true);
    assert.equal(at({ cores: 2, memoryBytes: 8 * 2 ** 30 }), false);
    assert.equal(at({ cores: 3, memoryBytes: 6 * 2 ** 30 }), false);
  });

  it('names what was not measured instead of passing it over', () => {
    const some = estimate('series=4000 channels=10 step=10s', {
      main_thread_ms_a_window: {},
      bytes_a_series: {},
      worker_resident_mb: null,
    });
    assert.deepEqual(some.memory_mb, { reading: null, reading_peak: null, workers: null });
    assert.equal(some.not_counted.length, 4);
    assert.equal(estimate('series=1 channels=10 step=10s').not_counted.length, 1);
  });
});

describe('sizeText', () => {
  it('is a short table that says where its figures come from', () => {
    const asked = sizeAsked(['series=40000', 'channels=10', 'step=10s']);
    const text = sizeText(asked, estimateSize(asked, constants, { cores: 2, memoryBytes: 2 ** 33 }), constants);
    assert.match(text, /^For 40,000 series of 10 channels, a row every 10s/);
    assert.match(text, /^ {2}processes +4; the topic needs at least 4 partitions/m);
    assert.match(text, /^ {2}memory +39\.8 GiB for what reads \(59\.8 GiB while it writes snapshots\), /m);
    assert.match(text, /^ {2}this machine +2 cores, 8 GiB: does not suffice alone$/m);
    assert.match(text, /2026-01-01 \(a machine\)/);
    assert.doesNotMatch(text, /NaN|undefined|null/);
    assert.doesNotMatch(text, /series_max/, 'the default suffices');
  });

  it('works with the figures that are there', () => {
    const asked = sizeAsked(['series=50000', 'channels=400', 'step=1s', 'layout=narrow']);
    const text = sizeText(asked, estimateSize(asked, readSizeConstants(), big), readSizeConstants());
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  });
});
