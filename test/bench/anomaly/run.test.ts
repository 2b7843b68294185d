import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeMadeUpAnomalies } from './made-up-data.ts';
import { renderAnomaly } from './render-anomaly.ts';
import { readAnomalyReport } from './results.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-anomaly-test-'));
const data = path.join(dir, 'data');
const out = path.join(dir, 'out');
before(() => writeMadeUpAnomalies(data));
after(() => rmSync(dir, { recursive: true }));

const bench = (from: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), path.join(here, 'run.ts'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, DRIFTCAST_DATA: from },
  });
const report = () => readAnomalyReport(path.join(out, 'anomaly.json')).files;

describe('npm run bench:anomaly', () => {
  test('--quick runs a file of every set on made-up data and writes what each detector did', () => {
    const { status, stderr } = bench(data, '--quick', '--out', out);
    assert.equal(status, 0, stderr);
    const files = report();
    assert.deepEqual(Object.keys(files), ['SMD/1-2', 'MSL/A-1', 'SMAP/A-1', 'SKAB/valve1/0', 'NAB/made/one']);
    for (const [key, file] of Object.entries(files)) {
      assert.deepEqual(Object.keys(file.detectors), ['driftcast', 'no_network', 'ridge_var', 'z_score'], key);
      assert.equal(file.quick, true);
      assert.ok(file.ms_row > 0 && file.train_cpu_s > 0, key);
      for (const [name, figures] of Object.entries(file.detectors)) {
        for (const area of [figures.vus_pr, figures.vus_roc, figures.auc_pr])
          assert.ok(area > 0 && area <= 1, `${key}: ${name} ${area}`);
        assert.equal(figures.events, 2, key);
      }
    }
    const smd = files['SMD/1-2'];
    assert.ok(smd.detectors.driftcast.vus_pr > 0.5, 'a fault of many standard deviations on both channels');
    assert.equal(smd.detectors.driftcast.hit_rate_100, 1);
    assert.deepEqual(smd.published, { KMeansAD: 0.5, PCA: 0.25 });
    assert.deepEqual(files['MSL/A-1'].published, {});
    assert.deepEqual([smd.choosing, files['SKAB/valve1/0'].choosing], [true, false]);
    assert.match(renderAnomaly({ schema_version: 1, files }), /these numbers mean nothing/);
  });

  test('--missing leaves known files alone; --ablations come beside what is known', () => {
    const before = report()['SMD/1-2'];
    const again = bench(data, '--quick', '--missing', '--only', 'SMD', '--out', out);
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(report()['SMD/1-2'], before);
    const { status, stderr } = bench(data, '--quick', '--ablations', '--only', 'SMD/1-2,SKAB', '--out', out);
    assert.equal(status, 0, stderr);
    const after = report();
    const { detectors, ...rest } = after['SMD/1-2'];
    assert.deepEqual(Object.keys(detectors), [...Object.keys(before.detectors), 'one_horizon', 'no_var_base']);
    assert.deepEqual(detectors.driftcast, before.detectors.driftcast);
    assert.equal(rest.train_cpu_s, before.train_cpu_s);
    assert.equal(Object.keys(after['SKAB/valve1/0'].detectors).length, 4, 'nothing is chosen there');
  });

  test('a set that is not there is left out with a line', () => {
    const { status, stdout, stderr } = bench(path.join(dir, 'nowhere'), '--quick', '--only', 'SMD');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /SMD: left out, it is not under/);
  });

  test('an unknown set is refused with the known ones', () => {
    const { status, stderr } = bench(data, '--only', 'SMD,UCR/1');
    assert.equal(status, 2);
    assert.match(stderr, /no set is called "UCR\/1"; there are SMD, MSL, SMAP, SKAB, NAB/);
  });

  test('the README shows what results/anomaly.json holds, from full runs', () => {
    const file = path.join(here, '..', 'results', 'anomaly.json');
    const readme = readFileSync(path.join(here, '..', 'README.md'), 'utf8');
    const known = existsSync(file) ? readAnomalyReport(file) : { schema_version: 1 as const, files: {} };
    for (const [key, { quick }] of Object.entries(known.files)) assert.equal(quick, false, key);
    assert.ok(
      readme.includes(renderAnomaly(known)),
      'the tables are not those of the results: npm run bench:anomaly -- --tables',
    );
  });
});
