import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeMadeUpData } from './made-up-data.ts';
import { renderQuality } from './render-quality.ts';
import { entriesOf, readReport } from './results.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-quality-test-'));
const data = path.join(dir, 'data');
const out = path.join(dir, 'out');
before(() => writeMadeUpData(data));
after(() => rmSync(dir, { recursive: true }));

const bench = (from: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), path.join(here, 'run.ts'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, DRIFTCAST_DATA: from },
  });

/** One row of each kind. */
const rows = 'aqi36,physionet,exchange_rate,smd';
const keys = [
  ...['aqi36', 'physionet10', 'physionet50', 'physionet90'],
  ...['exchange_rate', 'exchange_rate_rolling', 'smd', 'smd_blocks'],
];

describe('npm run bench:quality', () => {
  test('--quick runs rows of each kind on made-up data and writes their keys', () => {
    const { status, stdout, stderr } = bench(data, '--quick', '--only', rows, '--out', out);
    assert.equal(status, 0, stderr);
    const report = readReport(path.join(out, 'quality.json'));
    assert.deepEqual(
      entriesOf(report).map(([key]) => key),
      keys,
    );
    for (const [key, entry] of entriesOf(report)) {
      for (const name of ['crps', 'mae', 'ms_window', 'train_cpu_s', 'width90'] as const)
        assert.ok(entry[name] > 0, `${key}: ${name} is ${entry[name]}`);
      assert.ok(entry.coverage90 >= 0 && entry.coverage90 <= 1 && entry.cells > 0, key);
      assert.equal(entry.quick, true);
      assert.ok('zero_head' in entry.baselines && 'ridge_var' in entry.baselines, key);
      for (const [name, figures] of Object.entries(entry.baselines))
        assert.ok(Number.isFinite(figures.crps), `${key}: ${name}`);
    }
    const methods = (key: string) => Object.keys(report[key] === 1 ? {} : (report[key]?.joint?.methods ?? {}));
    assert.deepEqual(methods('aqi36'), ['independent', 'rank_templates', 'reverse_2']);
    assert.deepEqual(methods('exchange_rate'), ['independent', 'rank_templates', 'reverse_2']);
    assert.match(stdout, /these numbers mean nothing/);
    for (const key of keys) assert.match(stdout, new RegExp(`### ${key}\n`));
  });

  test('a row whose data set is not there is left out with a line', () => {
    const { status, stdout, stderr } = bench(path.join(dir, 'nowhere'), '--quick', '--only', 'etth1');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /etth1: left out, no ett under/);
  });

  test('an unknown name is refused with the known ones', () => {
    const { status, stderr } = bench(data, '--only', 'aqi36,aqi37');
    assert.equal(status, 2);
    assert.match(stderr, /no row is called "aqi37"; there are aqi36, physionet, etth1, /);
  });

  test('the README shows what results/quality.json holds, from full runs', () => {
    const file = path.join(here, '..', 'results', 'quality.json');
    const readme = readFileSync(path.join(here, '..', 'README.md'), 'utf8');
    const report = existsSync(file) ? readReport(file) : { schema_version: 1 as const };
    for (const [key, { quick }] of entriesOf(report)) assert.equal(quick, false, key);
    assert.ok(readme.includes(renderQuality(report)), 'the tables are not those of the results: npm run bench:quality');
  });
});
