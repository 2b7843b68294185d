import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeMadeUpAnomalies } from '../made-up-data.ts';
import { trainRowsOf } from './anomaly-file.ts';
import { mslSmapFiles } from './msl-smap.ts';
import { nabFiles } from './nab.ts';
import { readTsbMap } from './read-map.ts';
import { skabFiles } from './skab.ts';
import { smdFiles } from './smd.ts';

const root = mkdtempSync(path.join(tmpdir(), 'driftcast-anomaly-data-'));
before(() => writeMadeUpAnomalies(root));
after(() => rmSync(root, { recursive: true }));
const folder = (name: string) => path.join(root, name);
const labelled = (labels: Uint8Array) => labels.reduce((sum, label) => sum + label, 0);

describe('labelled sets', () => {
  it('SMD: the test file, its labels and the channels they are on, cut as TSB-AD says', () => {
    const [entry] = smdFiles(folder('smd'), folder('tsb_ad_reference'));
    const file = entry.load();
    assert.deepEqual([file.rows, file.channels.length, file.trainRows, labelled(file.labels)], [760, 4, 500, 50]);
    assert.equal(file.published, '001_SMD_id_1_Facility_tr_500_1st_640.csv');
    assert.deepEqual(file.affected[0], { start: 640, end: 659, channels: [0, 1] });
    assert.equal(file.choosing, true);
    assert.equal(smdFiles(folder('smd'), null)[0].load().published, null);
  });

  it('MSL and SMAP: a measured value and commands; every third file is chosen on', () => {
    const [entry] = mslSmapFiles(folder('msl_smap'), 'MSL', null);
    const file = entry.load();
    assert.deepEqual(
      file.channels.map(({ kind }) => kind),
      ['gauge', 'command', 'command'],
    );
    assert.equal(file.choosing, true);
    assert.equal(file.trainRows, 500);
  });

  it('SKAB: on the grid of seconds, where the missing ones are not judged', () => {
    const file = skabFiles(folder('skab'))[0].load();
    assert.equal(file.judged.length, 760);
    assert.equal(file.rows, 760 + 37);
    assert.ok(Number.isNaN(file.values[20 * 3]) && !Number.isNaN(file.values[21 * 3]));
    assert.equal(file.trainRows, 400 + 19);
    assert.equal(labelled(file.labels), 50);
  });

  it('NAB: files with labelled windows, both ends inside', () => {
    const files = nabFiles(folder('nab'), null);
    assert.deepEqual(
      files.map(({ name }) => name),
      ['made/one'],
    );
    const file = files[0].load();
    assert.equal(file.stepMs, 300_000);
    assert.equal(labelled(file.labels), 50);
  });

  it('rows to train by the rule of TSB-AD', () => {
    const of = (rows: number, first: number) =>
      trainRowsOf(Uint8Array.from({ length: rows }, (_, row) => (row === first ? 1 : 0)));
    assert.deepEqual(
      [of(23_694, 4629), of(3535, 1238), of(1827, 900), of(2161, 438), of(8000, -1)],
      [4529, 883, 500, 500, 2000],
    );
  });

  it('a map that is not there maps nothing', () => {
    assert.equal(readTsbMap(null, 'smd', 'machine').size, 0);
    assert.equal(readTsbMap(folder('tsb_ad_reference'), 'nab', 'nab_file').size, 0);
  });
});
