import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { renderQuality } from './render-quality.ts';
import { entriesOf, provenance, type QualityEntry, readReport, writeEntry } from './results.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-results-'));
after(() => rmSync(dir, { recursive: true }));

const figures = (crps: number) => ({
  ...{ crps, mae: 2 * crps, rmse: 3 * crps, nd: 0.1, coverage90: 0.9, width90: 5, coverage50: 0.5, width50: 2 },
});
const entry = (crps: number, changes: Partial<QualityEntry> = {}): QualityEntry => ({
  ...figures(crps),
  ...{ protocol: 'Made up.', crps_form: 'mean', cells: 1200, ms_window: 1.5, train_cpu_s: 60, spread: {} },
  ...{ parts: { network: figures(crps + 1) }, published: {}, notes: [] },
  baselines: { naive: figures(crps + 3), ridge: figures(crps + 2) },
  ...provenance('npm run bench:quality'),
  ...{ quick: false, budget_s: 60, seeds: [1] },
  ...changes,
});

describe('results/quality.json', () => {
  it('a key is replaced alone, in the order of the rows; figures have four digits', () => {
    const file = path.join(dir, 'new', 'quality.json');
    const order = ['first', 'second'];
    writeEntry(file, 'second', entry(1), order);
    writeEntry(file, 'first', entry(2), order);
    const report = writeEntry(file, 'second', entry(1.234567), order);
    assert.deepEqual(Object.keys(report), ['schema_version', 'first', 'second']);
    assert.deepEqual(
      entriesOf(readReport(file)).map(([, { crps }]) => crps),
      [2, 1.235],
    );
    const whole = writeEntry(file, 'first', entry(2, { cells: 479_976 }), order);
    assert.equal(entriesOf(whole)[0][1].cells, 479_976);
    assert.match(readFileSync(file, 'utf8'), /\n$/);
  });

  it('a figure that is not there is null, and shown as a dash', () => {
    const file = path.join(dir, 'nan.json');
    const report = writeEntry(file, 'key', entry(1, { coverage50: Number.NaN }), []);
    assert.equal(entriesOf(report)[0][1].coverage50, null);
    assert.match(renderQuality(report), /\| {2,}- \|/);
  });

  it('a report that is not there is empty, one of another version is refused', () => {
    assert.deepEqual(readReport(path.join(dir, 'none.json')), { schema_version: 1 });
    const other = path.join(dir, 'other.json');
    writeFileSync(other, '{"schema_version": 2}');
    assert.throws(() => readReport(other), /other\.json: expected schema_version 1/);
  });
});

describe('renderQuality', () => {
  it('names the best baseline, the spread over seeds, and published figures as published', () => {
    const text = renderQuality({
      schema_version: 1,
      key: entry(1, { spread: { crps: 0.02 }, seeds: [1, 2], published: { CSDI: { crps: 0.9, source: 'a paper' } } }),
    });
    assert.match(text, /\| key +\| +1 ± 0\.02 \| +3 ridge \| +CSDI 0\.9 \|/);
    assert.match(text, /CSDI \(published: a paper\)/);
    assert.match(text, /its network alone/);
    assert.match(text, /mean of the seeds 1, 2/);
    assert.ok(text.indexOf('| ridge') < text.indexOf('| naive'), 'baselines are in the order of their CRPS');
  });

  it('nothing measured is said so', () => {
    assert.equal(renderQuality({ schema_version: 1 }), 'Nothing has been measured yet.');
  });
});
