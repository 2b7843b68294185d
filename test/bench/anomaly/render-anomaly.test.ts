import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { provenance } from '../quality/results.ts';
import type { DetectorFigures } from './judge/judge-detector.ts';
import { renderAnomaly } from './render-anomaly.ts';
import { type FileEntry, readAnomalyReport, writeFileEntry } from './results.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-anomaly-results-'));
after(() => rmSync(dir, { recursive: true }));

const figures = (vus_pr: number, changes: Partial<DetectorFigures> = {}): DetectorFigures => ({
  ...{ vus_pr, vus_roc: 0.9, auc_pr: 0.4, opened_rate: 0.01, alarm_rate: 0.02, f1: 0.3, events: 4, events_found: 3 },
  ...{ event_precision: 0.5, delay_rows: 2, hit_rate_100: Number.NaN, hit_rate_150: Number.NaN },
  ...changes,
});
const entry = (set: string, name: string, vus_pr: number, changes: Partial<FileEntry> = {}): FileEntry => ({
  ...{ set, name, rows: 1000, channels: 4, train_rows: 250, choosing: false, published: {} },
  detectors: { driftcast: figures(vus_pr), ridge_var: figures(vus_pr - 0.25), z_score: figures(vus_pr - 0.5) },
  ...{ train_cpu_s: 10, train_steps: 150, ms_row: 0.5, ...provenance('npm run bench:anomaly'), quick: false, seed: 1 },
  ...changes,
});
const reportOf = (...entries: FileEntry[]) => ({
  schema_version: 1 as const,
  files: Object.fromEntries(entries.map((own) => [`${own.set}/${own.name}`, own])),
});

describe('results/anomaly.json', () => {
  it('a file is replaced alone, in the order of the sets and of its number', () => {
    const file = path.join(dir, 'new', 'anomaly.json');
    for (const [set, name] of [
      ['MSL', 'P-10'],
      ['SMD', '1-2'],
      ['MSL', 'P-2'],
    ])
      writeFileEntry(file, entry(set, name, 0.5), ['SMD', 'MSL']);
    const { files } = writeFileEntry(file, entry('MSL', 'P-2', 0.123456), ['SMD', 'MSL']);
    assert.deepEqual(Object.keys(files), ['SMD/1-2', 'MSL/P-2', 'MSL/P-10']);
    assert.equal(readAnomalyReport(file).files['MSL/P-2'].detectors.driftcast.vus_pr, 0.1235);
    assert.equal(readAnomalyReport(file).files['MSL/P-2'].detectors.driftcast.hit_rate_100, null);
  });

  it('ablations are put beside what is known, whose cost stays', () => {
    const file = path.join(dir, 'ablations.json');
    writeFileEntry(file, entry('SMD', '1-2', 0.5), ['SMD']);
    const ablation = entry('SMD', '1-2', 0, { detectors: { one_horizon: figures(0.25) }, ms_row: 9 });
    const own = writeFileEntry(file, ablation, ['SMD']).files['SMD/1-2'];
    assert.deepEqual(Object.keys(own.detectors), ['driftcast', 'ridge_var', 'z_score', 'one_horizon']);
    assert.equal(own.ms_row, 0.5);
  });

  it('a report that is not there is empty, one of another version is refused', () => {
    assert.deepEqual(readAnomalyReport(path.join(dir, 'none.json')).files, {});
    const other = path.join(dir, 'other.json');
    writeFileSync(other, '{"schema_version": 2}');
    assert.throws(() => readAnomalyReport(other), /other\.json: expected schema_version 1/);
  });
});

describe('renderAnomaly', () => {
  const report = reportOf(
    entry('SMD', '1-2', 0.75, { choosing: true, published: { PCA: 0.25, KMeansAD: 0.5 } }),
    entry('SMD', '2-1', 0.5, {
      detectors: {
        driftcast: figures(0.5, { hit_rate_100: 0.75, hit_rate_150: 1 }),
        ridge_var: figures(0.4, { hit_rate_100: 0.5, hit_rate_150: 0.5 }),
        z_score: figures(0.25),
      },
    }),
    entry('NAB', 'one', 0.5),
  );
  const text = renderAnomaly(report);

  it('tells the files that settings were chosen on from the others', () => {
    assert.match(text, /\| SMD +\| +2 \| +0\.625 \|/);
    assert.match(text, /\| SMD, not chosen on +\| +1 \| +0\.5 \|/);
    assert.match(text, /SMD 1-2 \*/);
    assert.match(text, /\| all but NAB +\| +1 \| +\+0\.100 \(\+0\.100 to \+0\.100\) \| +\+0\.250/);
  });

  it('shows published figures over the files that have them, and the best of each file', () => {
    assert.match(text, /PCA \(published\)/);
    assert.match(text, /0\.5 KMeansAD/);
    assert.match(text, /\| files of TSB-AD in SMD, MSL, SMAP +\| +1 \|/);
  });

  it('shows who blames the right channels where that is known', () => {
    assert.match(text, /\| \*\*driftcast\*\* +\| +0\.75 \| +0\.75 \| +1 \|/);
    assert.doesNotMatch(renderAnomaly(reportOf(entry('NAB', 'one', 0.5))), /HitRate/);
  });

  it('nothing measured is said so', () => {
    assert.equal(renderAnomaly(reportOf()), 'Nothing has been measured yet.');
  });

  it('shows what is lost without each part on the files where all of them were left out', () => {
    const parts = { no_network: figures(0.7), no_var_base: figures(0.625), one_horizon: figures(0.5) };
    const { detectors } = entry('SMD', '1-2', 0.75);
    const whole = entry('SMD', '1-2', 0.75, { detectors: { ...detectors, ...parts } });
    const text = renderAnomaly(reportOf(whole, entry('SMD', '2-1', 0.25)));
    const [row] = text.slice(text.indexOf('Ablations')).match(/\| all .*/) ?? [];
    assert.match(row ?? '', /\| all +\| +1 \| +0\.75 \| +0\.7 \| +0\.625 \| +0\.5 \| +0\.5 \| +0\.25 \|/);
    assert.ok(!renderAnomaly(reportOf(entry('SMD', '2-1', 0.25))).includes('Ablations'));
  });
});
