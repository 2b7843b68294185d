import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type PerformanceReport, renderTables } from './render-tables.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-bench-'));
after(() => rmSync(dir, { recursive: true }));

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), path.join(here, 'run.ts'), ...args], {
    encoding: 'utf8',
  });
const readReport = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8')) as PerformanceReport & Record<string, unknown>;
const committed = readReport(path.join(here, 'results', 'performance.json'));
const about = new Set(['schema_version', 'measured_at', 'quick', 'machine', 'load1', 'seconds', 'benchmarks']);
const keysOf = (report: Record<string, unknown>) => Object.entries(report).filter(([key]) => !about.has(key));

/** What the servers are needed for is in a full run only. */
const ofServers = [
  'narrow_messages_per_s_core',
  'wide_values_per_s_core',
  'e2e_p99_ms_at_70',
  'event_loop_p99_ms',
  'resident_mib_10000_series_8_channels',
];

const alwaysThere = [
  'decode_narrow_messages_per_s_core',
  'decode_wide_values_per_s_core',
  'onnx_peak_gflops',
  'onnx_peak_fraction',
  'onnx_marginals_ms',
  'wasm_marginals_ms',
  'wasm_marginals_over_onnx',
  'wasm_training_step_ms',
  'csdi_cost_ratio',
  'startup_version_ms',
  'startup_help_over_node',
];

describe('npm run bench', () => {
  test('--quick runs everything; each key is a finite positive number', () => {
    const { status, stdout, stderr } = bench('--quick', '--out', dir);
    assert.equal(status, 0, stderr);
    const report = readReport(path.join(dir, 'performance.json'));
    assert.equal(report.quick, true);
    assert.ok(report.load1 >= 0 && report.machine.cores >= 1 && report.machine.node === process.version);
    assert.deepEqual(Object.keys(report.benchmarks), [
      'decode-window',
      'kafka-ingest',
      'plan',
      'sizes',
      'engines',
      'csdi-cost',
      'startup',
      'scaling',
      'end-to-end',
    ]);
    for (const [key, value] of keysOf(report))
      assert.ok(Number.isFinite(value) && Number(value) > 0, `${key}: ${value}`);
    const ofTinyInputs = ['workers_2_over_1', 'main_thread_ms_a_window_channels_1', 'bytes_a_series_channels_2'];
    for (const key of [...alwaysThere, ...ofTinyInputs]) assert.equal(typeof report[key], 'number', key);
    assert.match(stdout, /these numbers mean nothing/);
    for (const name of Object.keys(report.benchmarks)) assert.match(stdout, new RegExp(`### ${name}\n`));
  });

  test('--only runs one', () => {
    const { status, stdout, stderr } = bench('--only', 'csdi-cost');
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.match(/^### .*$/gm), ['### csdi-cost']);
  });

  test('an unknown name is refused with the known ones', () => {
    const { status, stderr } = bench('--only', 'plam');
    assert.equal(status, 2);
    assert.match(
      stderr,
      /no benchmark is called "plam"; there are decode-window, kafka-ingest, plan, sizes, engines, csdi-cost, startup, scaling, end-to-end/,
    );
  });

  test('the README shows what results/performance.json holds, from a full run', () => {
    assert.equal(committed.quick, false);
    for (const key of [...alwaysThere, ...ofServers]) assert.ok(Number(committed[key]) > 0, key);
    const readme = readFileSync(path.join(here, 'README.md'), 'utf8');
    assert.ok(readme.includes(renderTables(committed)), 'the tables are not those of the results: npm run bench');
  });
});
