import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { csvHeader } from '../../src/cli/csv-header.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { readHistory, replayOf, withoutFuture } from '../../src/cli/read-history.ts';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import type { PipelineConfig } from '../../src/config/pipeline-schema.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { csvText, madeUpPipeline } from '../support/made-up-csv.ts';

const io = { clock: systemClock, signal: new AbortController().signal } as CliIo;
let dir: string;
const at = (name: string) => path.join(dir, name);

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'driftcast-history-'));
});
after(() => rm(dir, { recursive: true, force: true }));

async function configOf(series?: object, source?: object): Promise<PipelineConfig> {
  await writeFile(at('pipeline.yaml'), madeUpPipeline(series, source));
  return loadPipeline(at('pipeline.yaml'), { registry, env: {} }).config;
}

async function read(config: PipelineConfig, text: string) {
  await writeFile(at('data.csv'), text);
  return readHistory(config, registry, io, replayOf(config, at('data.csv')));
}

describe('csvHeader', () => {
  test('the names of the first line: quoted, with a byte-order mark, compressed', async () => {
    await writeFile(at('plain.csv'), '\ufefftime, a ,"b, in bar",c\n1,2,3,4\n');
    assert.deepEqual(csvHeader(at('plain.csv'), ','), ['time', 'a', 'b, in bar', 'c']);
    const long = `time;value\r\n${'2026-01-01;1\r\n'.repeat(200_000)}`;
    await writeFile(at('long.csv.gz'), gzipSync(long, { level: 0 }));
    assert.deepEqual(csvHeader(at('long.csv.gz'), ';'), ['time', 'value']);
  });

  test('nothing where there is nothing to read', async () => {
    await writeFile(at('empty.csv'), '');
    await writeFile(at('broken.csv.gz'), 'no gzip');
    for (const name of ['empty.csv', 'broken.csv.gz', 'not-there.csv', '.'])
      assert.deepEqual(csvHeader(at(name), ','), []);
  });
});

describe('replayOf', () => {
  const kafka = {
    type: 'kafka',
    path: undefined,
    drop_columns: undefined,
    brokers: ['localhost:9092'],
    topics: ['plant'],
  };

  test('a replay pipeline reads another file as its own; columns it drops may be absent', async () => {
    const config = await configOf(
      { constant: 'plant' },
      { drop_columns: ['label', 'comment'], delimiter: ';', time_column: 'date', speed: 60 },
    );
    await writeFile(at('data.csv'), 'date;a;label\n');
    const { source, decode } = replayOf(config, at('data.csv'));
    assert.deepEqual(source, { ...config.source, path: at('data.csv'), drop_columns: ['label'], speed: 0 });
    assert.equal(decode, config.decode);
  });

  test('for another source: a wide CSV file, with the series column where there is one', async () => {
    const config = await configOf({ path: 'series' }, kafka);
    for (const [head, series] of [
      ['time,a,b', { constant: 'default' }],
      ['\ufeffseries,time,a', { path: 'series' }],
    ] as const) {
      await writeFile(at('data.csv'), `${head}\n`);
      const { source, decode } = replayOf(config, at('data.csv'));
      assert.deepEqual([source.type, source.time_column, source.delimiter], ['replay', 'time', ',']);
      assert.deepEqual(decode.series, series);
    }
  });

  test('the label is dropped, once, and has to be there', async () => {
    const config = await configOf();
    await writeFile(at('data.csv'), 'time,a,label,attack\n');
    assert.deepEqual(replayOf(config, at('data.csv'), 'label').source.drop_columns, ['label']);
    assert.deepEqual(replayOf(config, at('data.csv'), 'attack').source.drop_columns, ['label', 'attack']);
    assert.throws(
      () => replayOf(config, at('data.csv'), 'nope'),
      (error) =>
        error instanceof DriftcastError &&
        error.code === 'DATA_UNREADABLE' &&
        /Columns: time, a, label, attack/.test(error.hint ?? ''),
    );
  });
});

describe('readHistory', () => {
  test('puts the readings on the grid and says what it could not use', async () => {
    const text = csvText([
      ['2024-03-04T00:00:10Z', 1, 2, 3, 0],
      ['2024-03-04T00:02:00Z', 4, 'x', '', 0],
      ['never', 1, 1, 1, 0],
      ['2024-03-04T00:02:59Z', 5, '', 6, 1],
    ]);
    const { series, readings, rejected, late } = await read(await configOf(), text);
    assert.deepEqual([readings, late], [3, 0]);
    assert.deepEqual(series, [
      {
        series: 'plant',
        startMs: Date.parse('2024-03-04T00:00:00Z'),
        rows: 3,
        values: Float64Array.from([1, 2, 3, Number.NaN, Number.NaN, Number.NaN, 5, Number.NaN, 6]),
      },
    ]);
    assert.deepEqual(
      [...rejected].map(([reason, { count }]) => [reason, count]),
      [
        ['value_invalid', 1],
        ['time_invalid', 1],
      ],
    );
  });

  test('counts the readings that come later than the window room would wait', async () => {
    const config = await configOf();
    const stamps = ['00:00', '00:03', '00:03', '00:02', '00:04', '00:01'].map((minute) => [
      `2024-03-04T${minute}:30Z`,
      1,
      1,
      1,
      0,
    ]);
    assert.equal((await read(config, csvText(stamps))).late, 2); // 00:02 behind 00:03, 00:01 behind 00:04
    const patient = { ...config, window: { ...config.window, lateness_ms: 60_000 } };
    assert.equal((await read(patient, csvText(stamps))).late, 1);
  });

  test('what lies ahead of the clock is refused, unless the future is lifted', async () => {
    const text = csvText([['2150-01-01T00:00:00Z', 1, 2, 3, 0]]);
    const config = await configOf();
    assert.equal((await read(config, text)).rejected.get('time_in_future')?.count, 1);
    assert.equal((await read(withoutFuture(config), text)).readings, 1);
  });

  test('several series are no single one', async () => {
    const lines = ['north', 'south', 'north'].map((name) => ['2024-03-04T00:00:00Z', name, 1, 2, 3]);
    const text = csvText(lines, 'time,series,a,b,c');
    await assert.rejects(
      async () => read(await configOf({ constant: 'plant' }), text),
      /several series \(north, south\), the pipeline reads all rows as "plant"/,
    );
    const { series } = await read(await configOf({ path: 'series' }), text);
    assert.deepEqual(
      series.map((one) => one.series),
      ['north', 'south'],
    );
  });

  test('a file that is not there is told as such', async () => {
    const config = await configOf();
    await assert.rejects(
      readHistory(config, registry, io, replayOf(config, at('not-there.csv'))),
      (error) =>
        error instanceof DriftcastError && error.code === 'DATA_UNREADABLE' && error.message.includes('not-there.csv'),
    );
  });
});
