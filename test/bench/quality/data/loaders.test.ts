import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createRng } from '../../../../src/core/rng.ts';
import { trainingScales } from '../forecast/forecast-data.ts';
import { writeMadeUpData } from '../made-up-data.ts';
import { loadAqi36 } from './aqi36.ts';
import { beijingStations, loadBeijing } from './beijing.ts';
import { dataFolder } from './data-folder.ts';
import { loadEtth1 } from './etth1.ts';
import { loadExchangeLtsf, loadExchangeNips, nipsOrigins } from './exchange-rate.ts';
import { readNumberTable } from './number-table.ts';
import { physionetProtocol, readPhysionet } from './physionet.ts';
import { loadSmd } from './smd.ts';

const root = mkdtempSync(path.join(tmpdir(), 'driftcast-loaders-'));
const at = (name: string) => path.join(root, name);
before(() => writeMadeUpData(root));
after(() => rmSync(root, { recursive: true }));

const missing = (values: ArrayLike<number>) => Array.from(values).filter(Number.isNaN).length;
const judgedCells = (windows: readonly { judged: Uint8Array }[]) =>
  windows.reduce((sum, { judged }) => sum + judged.reduce((a, b) => a + b, 0), 0);

describe('AQI-36', () => {
  it('every cell that the mask hides in a test month is judged once, shown to nobody', () => {
    const { test, channels, length } = loadAqi36(at('aqi36'));
    const [ground, shown] = ['pm25_ground.txt', 'pm25_missing.txt'].map((name) =>
      readNumberTable(path.join(at('aqi36'), name), true),
    );
    const width = ground.columns.length;
    let hidden = 0;
    ground.labels.forEach((label, row) => {
      if (![3, 6, 9, 12].includes(Number(label.slice(5, 7)))) return;
      for (let c = 1; c < width; c++)
        if (!Number.isNaN(ground.values[row * width + c]) && Number.isNaN(shown.values[row * width + c])) hidden++;
    });
    assert.equal(judgedCells(test), hidden);
    for (const window of test) {
      assert.equal(window.truth.length, length * channels);
      window.judged.forEach((flag, i) => {
        if (flag === 1) assert.ok(Number.isNaN(window.shown[i]) && !Number.isNaN(window.truth[i]));
      });
    }
  });

  it('training sees no value of a test month or of the end of another, where it is validated; windows lie within a month', () => {
    const { training, validation, trainingRows, validationRows, channels, length } = loadAqi36(at('aqi36'));
    const monthRows = 96;
    const monthOf = (row: number) => (Math.floor(row / monthRows) + 4) % 12; // May is month 0 of the file
    for (let i = 0; i < training.length; i++) {
      const month = monthOf(Math.floor(i / channels)) + 1;
      const isEnd = Math.floor(i / channels) % monthRows >= monthRows - length;
      if (isEnd || [3, 6, 9, 12].includes(month)) assert.ok(Number.isNaN(training[i]));
      if (!isEnd || [3, 6, 9, 12].includes(month)) assert.ok(Number.isNaN(validation[i]));
    }
    for (const row of trainingRows) assert.ok(row % monthRows <= monthRows - 2 * length);
    for (const row of validationRows) assert.equal(row % monthRows, monthRows - length);
    assert.equal(new Set(validationRows.map(monthOf)).size, 8);
    assert.ok(missing(training) < training.length && missing(validation) < validation.length);
  });

  const real = dataFolder('aqi36', {});
  it('the published files give what CSDI judges', { skip: real === null && 'the data set is not here' }, () => {
    const { test } = loadAqi36(real ?? '');
    assert.equal(test.length, 82);
    assert.equal(judgedCells(test), 20_434);
  });
});

describe('PhysioNet 2012', () => {
  it('is judged in z-scores over all records; the five folds part the records', () => {
    const data = readPhysionet(at('physionet2012'));
    assert.equal(data.records, 60);
    const { judgedAs } = physionetProtocol(data, 0, 0.1);
    const hours = data.values.filter((value, i) => i % 35 === 1 && !Number.isNaN(value)).map((v) => judgedAs(1, v));
    const mean = hours.reduce((a, b) => a + b, 0) / hours.length;
    assert.ok(Math.abs(mean) < 1e-9);
    assert.ok(Math.abs(hours.reduce((a, b) => a + (b - mean) ** 2, 0) / hours.length - 1) < 1e-9);
    const folds = [0, 1, 2, 3, 4].map((fold) => physionetProtocol(data, fold, 0.1));
    const texts = folds.flatMap(({ test }) => test.map(({ truth }) => String(truth)));
    assert.equal(new Set(texts).size, 60);
    for (const { trainingRows, validationRows, test } of folds)
      assert.equal(trainingRows.length + validationRows.length + test.length, 60);
  });

  it('hides the share of the observed cells that was asked for, the same at every call', () => {
    const data = readPhysionet(at('physionet2012'));
    for (const rate of [0.1, 0.5, 0.9]) {
      const [first, again] = [0, 0].map((fold) => physionetProtocol(data, fold, rate).test);
      first.forEach(({ truth, shown, judged }, k) => {
        const observed = truth.length - missing(truth);
        assert.equal(
          judged.reduce((a, b) => a + b, 0),
          Math.floor(rate * observed),
        );
        assert.equal(missing(shown), missing(truth) + Math.floor(rate * observed));
        assert.deepEqual(judged, again[k].judged);
      });
    }
  });

  it('a training mask hides any share', () => {
    const { gaps } = physionetProtocol(readPhysionet(at('physionet2012')), 0, 0.1);
    const rng = createRng(9);
    const shares = Array.from({ length: 60 }, () => gaps(rng, 48, 35).reduce((a, b) => a + b, 0) / 1680);
    assert.ok(Math.min(...shares) < 0.2 && Math.max(...shares) > 0.8);
  });
});

describe('forecast data', () => {
  it('splits are those of the papers, tests begin after what training sees', () => {
    const all = {
      etth1: loadEtth1(at('ett')),
      nips: loadExchangeNips(at('exchange_rate')),
      ltsf: loadExchangeLtsf(at('exchange_rate')),
      smd: loadSmd(at('smd'), '1-2'),
      beijing: loadBeijing(at('beijing_multisite'), beijingStations(at('beijing_multisite'))),
    };
    for (const [name, data] of Object.entries(all)) {
      assert.ok(data.warmFrom < data.fitRows && data.fitRows <= data.testFrom, name);
      assert.ok(data.testTo * data.channels.length <= data.values.length, name);
      assert.ok(
        trainingScales(data).every((scale) => scale > 0 && Number.isFinite(scale)),
        name,
      );
    }
    assert.equal(all.etth1.fitRows * (1 - all.etth1.validationFraction), 8640);
    assert.deepEqual(nipsOrigins, [6071, 6101, 6131, 6161, 6191]);
    assert.equal(Math.round(all.ltsf.fitRows * (1 - all.ltsf.validationFraction)), Math.floor(0.7 * 7588));
    assert.equal(all.smd.channels.length, 6); // of seven columns, one never varies
    assert.equal(all.beijing.channels.length, 22);
  });

  it('a station’s columns follow one another, NA is missing', () => {
    const both = loadBeijing(at('beijing_multisite'), ['Guanyuan', 'Shunyi']);
    const second = loadBeijing(at('beijing_multisite'), ['Shunyi']);
    for (const row of [0, 17, 20_000])
      assert.deepEqual(both.values.slice(row * 22 + 11, row * 22 + 22), second.values.slice(row * 11, row * 11 + 11));
    assert.ok(missing(second.values) > 0);
  });

  it('the unit of a channel is its training standard deviation, never under 2 % of its largest value', () => {
    const values = Float64Array.from([1, 100, 3, 100, 1, 100.1, 3, 100, 99, 99]);
    const data = {
      ...{ channels: ['a', 'b'], stepMs: 1, startMs: 0, values, fitRows: 4, validationFraction: 0 },
      ...{ warmFrom: 2, testFrom: 4, testTo: 5 },
    };
    const [first, second] = trainingScales(data);
    assert.equal(first, 1);
    assert.ok(Math.abs(second - 0.02 * 100.1) < 1e-12);
  });
});

describe('data folders', () => {
  it('are those of DRIFTCAST_DATA where it is set; null where there is none', () => {
    assert.equal(dataFolder('aqi36', { DRIFTCAST_DATA: root }), at('aqi36'));
    assert.equal(dataFolder('nothing', { DRIFTCAST_DATA: root }), null);
  });
});
