import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspectTable } from '../../../src/cli/init/inspect-table.ts';
import { readTable } from '../../../src/cli/init/read-table.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import { rowsOf, START_MS, table } from './made-up.ts';

const plain = { what: 'x.csv', label: null, stepMs: null };

describe('inspectTable', () => {
  it('finds everything in a made-up plant', () => {
    const rows = rowsOf(600, 30_000, (row, iso) => {
      const device = row % 2;
      const minute = Math.floor(row / 2);
      return [
        iso,
        `pump-${device}`,
        Math.sin((2 * Math.PI * minute) / 30) * 5 + row * 1e-6,
        row % 5 === 0 ? '' : 20 + (minute % 7),
        minute % 2,
        minute * 3.7,
        42,
        'ok',
        0,
      ];
    });
    // Both pumps report on the minute.
    const stamped = rows.map((cells, row) => [
      new Date(START_MS + Math.floor(row / 2) * 60_000).toISOString(),
      ...cells.slice(1),
    ]);
    const facts = inspectTable(
      table(['time', 'pump', 'flow', 'temp', 'valve', 'volume', 'spare', 'note', 'anomaly'], stamped),
      plain,
    );
    assert.equal(facts.timeColumn, 'time');
    assert.equal(facts.seriesColumn, 'pump');
    assert.deepEqual([facts.seriesCount, facts.rowsPerSeries, facts.rows], [2, 300, 600]);
    assert.equal(facts.stepMs, 60_000);
    assert.equal(facts.periodSteps, 30);
    assert.deepEqual(facts.labelColumns, ['anomaly']);
    assert.deepEqual(facts.ignored, [{ name: 'note', why: 'is text' }]);
    assert.deepEqual(
      facts.channels.map(({ name, kind }) => `${name} ${kind}`),
      ['flow gauge', 'temp gauge', 'valve flag', 'volume gauge', 'spare flag'],
    );
    assert.deepEqual(
      facts.channels.map(({ missingFraction }) => missingFraction),
      [0, 0.2, 0, 0, 0],
    );
    assert.match(facts.channels[3].notes.join(), /counter/);
    assert.deepEqual(
      facts.channels.map(({ counter }) => counter),
      [false, false, false, true, false],
    );
    assert.match(facts.channels[4].notes.join(), /constant/);
    assert.equal(facts.disorderMs, 0);
  });

  it('measures how far rows lie behind, by lane', () => {
    const at = (second: number) => new Date(START_MS + second * 1000).toISOString();
    const rows = [0, 10, 5, 20, 12].map((second) => [at(second), second]);
    assert.equal(inspectTable(table(['time', 'v'], rows), plain).disorderMs, 8000);
    const lanes = [0, 1, 0, 1, 0];
    assert.equal(inspectTable({ ...table(['time', 'v'], rows), lanes }, plain).disorderMs, 0);
  });

  it('counts rows without a readable time, and doubled ones', () => {
    const rows = rowsOf(100, 60_000, (row, iso) => [row === 50 ? 'x' : iso, row]);
    const facts = inspectTable(table(['time', 'v'], [...rows, rows[99]]), plain);
    assert.deepEqual([facts.timelessRows, facts.doubledRows, facts.rowsPerSeries], [1, 1, 99]);
  });

  it('takes all as measured where everything looks like a flag', () => {
    const kinds = (cells: (row: number) => readonly number[]) =>
      inspectTable(
        table(
          ['time', 'a', 'b'],
          rowsOf(50, 1000, (row, iso) => [iso, ...cells(row)]),
        ),
        plain,
      ).channels.map(({ kind }) => kind);
    assert.deepEqual(
      kinds((row) => [row % 2, 7]),
      ['gauge', 'flag'],
    );
    assert.deepEqual(
      kinds(() => [1, 7]),
      ['gauge', 'gauge'],
    );
  });

  it('takes the asked step and label', () => {
    const rows = rowsOf(100, 10_000, (row, iso) => [iso, row, row % 2]);
    const facts = inspectTable(table(['time', 'v', 'broken'], rows), { what: 'x', label: 'broken', stepMs: 60_000 });
    assert.deepEqual([facts.stepMs, facts.labelColumns, facts.channels.length], [60_000, ['broken'], 1]);
  });

  it('fails where there is nothing to watch', () => {
    const rows = rowsOf(10, 1000, (_, iso) => [iso, 'text']);
    assert.throws(
      () => inspectTable(table(['time', 'note'], rows), plain),
      (error) =>
        error instanceof DriftcastError &&
        error.code === 'DATA_INSUFFICIENT' &&
        /no column of numbers/.test(error.message),
    );
  });
});

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

describe('inspectTable on real feeds', {
  skip: existsSync(data) ? false : 'no ../shared/data beside the checkout: put public data sets there',
}, () => {
  const inspect = async (file: string) =>
    inspectTable((await readTable(`${data}${file}`)).table, { ...plain, what: file });

  it('SKAB: semicolons, two label columns, lost seconds', async () => {
    const facts = await inspect('skab/valve1/0.csv');
    assert.deepEqual(
      [facts.timeColumn, facts.stepMs, facts.irregular, facts.channels.length],
      ['datetime', 1000, false, 8],
    );
    assert.deepEqual(facts.labelColumns, ['anomaly', 'changepoint']);
    assert.ok(facts.channels[0].missingFraction > 0.03 && facts.channels[0].missingFraction < 0.06);
  });

  it('ETT: hourly, a daily cycle', async () => {
    const facts = await inspect('ett/ETTh1.csv');
    assert.deepEqual(
      [facts.timeColumn, facts.stepMs, facts.channels.length, facts.periodSteps],
      ['date', 3_600_000, 7, 24],
    );
  });

  it('NAB: a daily cycle of five minutes', async () => {
    const facts = await inspect('nab/data/artificialNoAnomaly/art_daily_no_noise.csv');
    assert.deepEqual([facts.timeColumn, facts.stepMs, facts.periodSteps], ['timestamp', 300_000, 288]);
  });

  it('says what keeps the others from being read', async () => {
    await assert.rejects(
      inspect('beijing_multisite/PRSA_Data_Dingling_20130301-20170228.csv.gz'),
      /columns of its own: year, month, day/,
    );
    await assert.rejects(inspect('exchange_rate/exchange_rate.csv'), /holds "1990\/1\/1 0:00", which is no time/);
    await assert.rejects(inspect('occupancy/datatraining.txt'), /holds numbers, not names/);
    await assert.rejects(inspect('physionet2012/set-a-long.csv.gz'), /"Time" holds "00:00"/);
  });
});
