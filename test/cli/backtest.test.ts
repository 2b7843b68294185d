import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { csvText, header, type Line, madeUpLines, madeUpPipeline, minuteMs, startMs } from '../support/made-up-csv.ts';
import { MadeUpPlace } from './made-up-place.ts';

const rows = 300;
const firstMs = startMs + 86_400_000;
const lines = madeUpLines(rows, {
  seed: 7,
  startMs: firstMs,
  faults: [
    [150, 175],
    [230, 250],
  ],
});
/** The same lines with other cells. */
const changed = (change: (line: Line, row: number) => Line) => lines.map(change);
const withTime = (time: (ms: number) => string | number) =>
  changed(([stamp, ...cells]) => [time(Date.parse(String(stamp))), ...cells]);

describe('backtest', () => {
  let place: MadeUpPlace;
  let expected: Awaited<ReturnType<MadeUpPlace['metrics']>>;

  before(async () => {
    place = await MadeUpPlace.create();
    await place.write('train.csv', csvText(madeUpLines(500)));
    assert.equal((await place.train('train.csv')).error, null);
    await place.write('plain.csv', csvText(lines));
    assert.equal((await place.backtest('plain.csv')).error, null);
    expected = await place.metrics();
  });
  after(() => place.remove());

  test('judges model and references on the same cells', () => {
    const { imputation, forecast, anomaly } = expected;
    assert.ok(imputation !== null && forecast !== null && anomaly !== null);
    for (const { model, baselines } of [imputation, forecast]) {
      assert.ok(model.count > 50);
      for (const reference of Object.values(baselines)) assert.equal(reference.count, model.count);
      assert.deepEqual(
        [model, ...Object.values(baselines)].map(({ unanswered }) => unanswered),
        Array(Object.keys(baselines).length + 1).fill(0),
      );
    }
    assert.deepEqual(Object.keys(imputation.baselines), [
      'base',
      'base_residuals',
      'linear_interpolation',
      'last_observed',
      'seasonal_naive',
    ]);
    assert.deepEqual(Object.keys(forecast.baselines), [
      'ridge',
      'ridge_residuals',
      'ridge_var',
      'seasonal_naive',
      'naive',
    ]);
    assert.deepEqual(Object.keys(anomaly.baselines), ['ridge_var', 'z_score']);
    assert.equal(anomaly.model.events, 2);
    assert.equal(anomaly.model.events_found, 2); // b far from twice a: hard to miss
    assert.ok((imputation.hidden_fraction as number) > 0.03 && (imputation.hidden_fraction as number) < 0.2);
  });

  test('scores.csv has a line for every row of the grid, and events are found by its alarms', async () => {
    const scores = await place.rows('out/scores.csv');
    assert.deepEqual(
      scores.map(([time]) => time),
      lines.map(([time]) => time),
    );
    assert.ok(scores.every(([, series, , , alarm]) => series === 'plant' && (alarm === '0' || alarm === '1')));
    assert.ok(scores.every(([, , score, p]) => Number(score) >= 0 && Number(p) > 0 && Number(p) <= 1));
    assert.ok(scores.slice(150, 175).some(([, , , , alarm]) => alarm === '1'));
    const highest = (from: number, to: number) => Math.max(...scores.slice(from, to).map((cells) => Number(cells[2])));
    assert.ok(highest(150, 175) > highest(40, 150));
    assert.ok(scores.slice(40).every((cells) => (cells[5] ?? '').split(';').every((name) => /^[abc]$/.test(name))));
  });

  test('imputed.csv tells hidden cells with their truth, forecast.csv what was then observed', async () => {
    const valueAt = new Map(lines.map(([time, a, b, c]) => [time, { a, b, c } as Record<string, string | number>]));
    const imputed = await place.rows('out/imputed.csv');
    const hidden = imputed.filter((cells) => cells[7] === '1');
    assert.equal(hidden.length, expected.imputation?.model.count);
    for (const [time, , channel, low, middle, high, truth] of hidden) {
      assert.ok(Number(low) <= Number(middle) && Number(middle) <= Number(high));
      assert.equal(Number(truth), Number(valueAt.get(time as string)?.[channel as string]));
    }
    for (const [time, , channel, , , , truth] of imputed.filter((cells) => cells[7] === '0')) {
      assert.equal(truth, '');
      assert.equal(valueAt.get(time as string)?.[channel as string], '');
    }
    const forecast = await place.rows('out/forecast.csv');
    assert.ok(forecast.length > 0 && forecast.every(([, , , steps]) => Number(steps) >= 1 && Number(steps) <= 8));
    for (const [time, , channel, , low, , high, observed] of forecast) {
      assert.ok(Number(low) <= Number(high));
      const known = valueAt.get(time as string)?.[channel as string];
      if (observed !== '') assert.equal(Number(observed), Number(known));
      else assert.ok(known === undefined || known === '');
    }
  });

  test('the report is one whole page that names the data', async () => {
    const report = await place.read('out/report.html');
    assert.match(report, /^<!doctype html>/i);
    assert.match(report.trimEnd(), /<\/html>$/);
    assert.match(report, /plain\.csv/);
    assert.doesNotMatch(report, /NaN|undefined|https?:\/\/(?!www\.w3\.org)/);
  });

  test('nothing later in the file, and no label, changes what is said of a row', async () => {
    await place.backtest('plain.csv');
    const [scores, forecast] = await Promise.all(['out/scores.csv', 'out/forecast.csv'].map(place.rows));
    const beginning = changed((line) => [...line.slice(0, 4), 1 - Number(line[4])]).slice(0, 200);
    await place.write('beginning.csv', csvText(beginning));
    assert.equal((await place.backtest('beginning.csv')).error, null);
    assert.deepEqual((await place.rows('out/scores.csv')).slice(0, 196), scores?.slice(0, 196)); // 4: the stride
    const withoutObserved = (rows: readonly string[][] | undefined) => rows?.map((cells) => cells.slice(0, 7).join());
    const whole = new Set(withoutObserved(forecast));
    const made = withoutObserved(await place.rows('out/forecast.csv')) ?? [];
    assert.ok(made.length > 100);
    assert.deepEqual(
      made.filter((line) => !whole.has(line)),
      [],
    );
  });

  const sameData: Readonly<Record<string, () => string | Uint8Array>> = {
    'epoch seconds, CRLF and a byte-order mark': () =>
      `\ufeff${csvText(
        withTime((ms) => ms / 1000),
        header,
        ',',
        '\r\n',
      )}`,
    'ISO times without a zone, stamps off the grid, every row twice, quoted cells, gzip, more columns': () =>
      gzipSync(
        csvText(
          withTime((ms) => new Date(ms + ((ms / 7) % 50_000)).toISOString().slice(0, 19).replace('T', ' '))
            .flatMap((line) => [
              [...line, 'x', 3],
              [...line, 'y', 4],
            ])
            .map((line) => line.map((cell) => `"${cell}"`)),
          `${header},text,number`,
        ),
      ),
    'epoch milliseconds in no order, labels in words': () =>
      csvText(
        withTime((ms) => ms)
          .map((line) => [...line.slice(0, 4), line[4] === 1 ? 'Attack' : 'normal'])
          .sort((x, y) => (String(x[1]) < String(y[1]) ? -1 : 1)),
      ),
  };
  for (const [what, text] of Object.entries(sameData)) {
    test(`the same figures from ${what}`, async () => {
      const name = what.includes('gzip') ? 'same.csv.gz' : 'same.csv';
      await place.write(name, text());
      const { error, text: said } = await place.backtest(name);
      assert.equal(error, null, String(error?.message));
      assert.deepEqual(await place.metrics(), { ...expected, data: name });
      assert.equal(said.includes('not in the order of time'), what.includes('in no order'));
    });
  }

  test('a channel that the file lacks and labels that mark nothing are told', async () => {
    const lacking = changed(([time, a, , c]) => [time, a, c, 0] as Line);
    await place.write('lacks.csv', csvText(lacking, 'time,a,c,label'));
    const { error, text } = await place.backtest('lacks.csv');
    assert.equal(error, null);
    assert.match(text, /channels without a single value: b\n/);
    assert.match(text, /no row is labelled in column "label"/);
    const { imputation, anomaly } = await place.metrics();
    assert.ok((imputation?.model.count as number) > 0);
    assert.deepEqual([anomaly?.model.vus_pr, anomaly?.model.events], [null, 0]);
  });

  const refused: Readonly<
    Record<
      string,
      { readonly text: string; readonly code: string; readonly says: RegExp; readonly more?: readonly string[] }
    >
  > = {
    'an empty file': { text: '', code: 'DATA_UNREADABLE', says: /refused\.csv: the file is empty/ },
    'a header alone': {
      text: `${header}\n`,
      code: 'DATA_INSUFFICIENT',
      says: /refused\.csv: not one reading could be used/,
    },
    'no time column': {
      text: csvText(
        changed((line) => line.slice(1)),
        'a,b,c,label',
      ),
      code: 'DATA_UNREADABLE',
      says: /no column "time" among "a", "b"/,
    },
    'another delimiter': {
      text: csvText(lines, header, ';'),
      code: 'DATA_UNREADABLE',
      says: /no column "(time|label)"/,
    },
    'less than a window': {
      text: csvText(lines.slice(0, 20)),
      code: 'DATA_INSUFFICIENT',
      says: /no series is longer than one window \(32 rows\)/,
    },
    'cells all missing': {
      text: csvText(changed(([time]) => [time as string, '', '', '', 0])),
      code: 'DATA_INSUFFICIENT',
      says: /none of the channels has a value \(a, b, c\)/,
    },
    'other channel names': {
      text: csvText(lines, 'time,x,y,z,label'),
      code: 'DATA_INSUFFICIENT',
      says: /none of the channels has a value/,
    },
    'times that are none': {
      text: csvText(changed((line) => ['yesterday', ...line.slice(1)])),
      code: 'DATA_INSUFFICIENT',
      says: /not one reading could be used/,
    },
    'no such label column': {
      text: csvText(lines),
      code: 'DATA_UNREADABLE',
      says: /there is no column "attack"/,
      more: ['--label', 'attack'],
    },
    'a channel as label': {
      text: csvText(lines),
      code: 'USAGE',
      says: /--label b is a channel/,
      more: ['--label', 'b'],
    },
    'several series for a pipeline of one': {
      text: csvText(
        lines.flatMap((line) => [
          [...line, 'north'],
          [...line, 'south'],
        ]),
        `${header},series`,
      ),
      code: 'DATA_UNREADABLE',
      says: /it holds several series \(north, south\), the pipeline reads all rows as "plant"/,
    },
  };
  for (const [what, { text, code, says, more }] of Object.entries(refused)) {
    test(`refuses ${what}, and says what to do`, async () => {
      await place.write('refused.csv', text);
      const { error } = await place.backtest('refused.csv', more);
      assert.equal(error?.code, code, error?.message);
      assert.match(error?.message ?? '', says);
      assert.ok((error?.hint ?? '').length > 10);
    });
  }

  test('refuses a model that does not fit, a folder without one, and an output that cannot be written', async () => {
    await place.write('longer.yaml', madeUpPipeline().replace('"length_steps":32', '"length_steps":64'));
    const longer = await place.backtest('plain.csv', [], 'longer.yaml');
    assert.equal(longer.error?.code, 'MODEL_MISMATCH');
    assert.match(longer.error?.message ?? '', /window\.length_steps 32, the pipeline asks for 64/);
    await place.write('renamed.yaml', madeUpPipeline().replace('{"name":"b"}', '{"name":"bb"}'));
    const renamed = await place.backtest('plain.csv', [], 'renamed.yaml');
    assert.equal(renamed.error?.code, 'MODEL_MISMATCH');
    assert.match(renamed.error?.message ?? '', /channels a, b, c, the pipeline asks for a, bb, c/);
    const none = await place.backtest('plain.csv', [], 'pipeline.yaml', 'nothing-here');
    assert.equal(none.error?.code, 'MODEL_INVALID');
    const taken = await place.backtest('plain.csv', ['--out', place.at('plain.csv')]);
    assert.equal(taken.error?.code, 'SINK_FAILED');
    for (const { error } of [longer, renamed, none, taken]) assert.ok((error?.hint ?? '').length > 10);
  });
});

describe('backtest of several series', () => {
  const of = (name: string, count: number, seed: number, faults: readonly (readonly [number, number])[] = []): Line[] =>
    madeUpLines(count, { seed, startMs: firstMs, faults }).map(([time, ...cells]) => [time as string, name, ...cells]);
  const grouped = [
    ...of('long', 260, 3),
    ...of('stops', 120, 4),
    ...of('brief', 9, 5),
    ...of('faulty', 260, 9, [[200, 225]]),
  ];
  const byTime = [...grouped].sort((a, b) => Date.parse(String(a[0])) - Date.parse(String(b[0])));
  const names = 'time,series,a,b,c,label';
  let place: MadeUpPlace;

  before(async () => {
    place = await MadeUpPlace.create(madeUpPipeline({ path: 'series' }));
    await place.write('train.csv', csvText(byTime, names));
    assert.equal((await place.train('train.csv')).error, null);
  });
  after(() => place.remove());

  test('each has its rows, those that stop and those too short to be scored', async () => {
    assert.equal((await place.backtest('train.csv')).error, null);
    const metrics = await place.metrics();
    assert.deepEqual([metrics.series, metrics.rows], [4, grouped.length]);
    assert.equal(metrics.anomaly?.model.events, 1);
    const scores = await place.rows('out/scores.csv');
    for (const [name, count] of Object.entries({ long: 260, stops: 120, brief: 9, faulty: 260 })) {
      const own = scores.filter(([, series]) => series === name);
      assert.deepEqual(
        own.map(([time]) => Date.parse(time as string)),
        Array.from({ length: count }, (_, i) => firstMs + i * minuteMs),
      );
      const scored = own.filter(([, , score]) => Number(score) > 0).length;
      assert.ok(name === 'brief' ? scored === 0 : scored > count / 2, `${name}: ${scored} of ${count} rows scored`);
    }
  });

  test('one after another in the file, with the series first and a byte-order mark: the same figures', async () => {
    const inOrder = await place.metrics();
    const seriesFirst = grouped.map(([time, series, ...cells]) => [series, time, ...cells] as Line);
    await writeFile(place.at('grouped.csv'), `\ufeff${csvText(seriesFirst, 'series,time,a,b,c,label')}`);
    const { error, text } = await place.backtest('grouped.csv');
    assert.equal(error, null);
    assert.match(text, /grouped\.csv is not in the order of time/);
    assert.deepEqual(await place.metrics(), { ...inOrder, data: 'grouped.csv' });
  });
});
