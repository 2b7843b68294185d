import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { loadModelPackage } from '../../src/infer/model-package.ts';
import { eventually, runCli, startCli } from '../support/cli.ts';
import { csvText, header, madeUpLines, madeUpPipeline } from '../support/made-up-csv.ts';
import { MadeUpPlace } from './made-up-place.ts';

const lines = madeUpLines(400);

describe('train', () => {
  let place: MadeUpPlace;

  before(async () => {
    place = await MadeUpPlace.create();
    await place.write('train.csv', csvText(lines));
  });
  after(() => place.remove());

  test('the same data, seed and engine give the same model, here and in another process', async () => {
    const { text, error } = await place.train('train.csv', 'one');
    assert.equal(error, null);
    assert.match(text, /train\.csv: 1 series, 400 rows of 3 channels, \d+\.\d % missing/);
    const args = ['train', place.at('pipeline.yaml'), '--data', place.at('train.csv'), '--engine', 'wasm'];
    await runCli([...args, '--out', place.at('two')]);
    const [one, two] = await Promise.all(['one', 'two'].map((name) => loadModelPackage(place.at(name))));
    assert.equal(two?.manifest.version, one?.manifest.version);
    assert.deepEqual(two?.manifest.trained, { ...one?.manifest.trained, seconds: two?.manifest.trained.seconds });
    assert.equal((await place.train('train.csv', 'other', ['--set', 'train.seed=2'])).error, null);
    assert.notEqual((await loadModelPackage(place.at('other'))).manifest.version, one?.manifest.version);
  });

  test('the package says what it was trained on', async () => {
    const { manifest } = await loadModelPackage(place.at('one'));
    assert.equal(manifest.pipeline, 'made-up');
    assert.deepEqual(
      manifest.channels.map(({ name }) => name),
      ['a', 'b', 'c'],
    );
    assert.deepEqual([manifest.step_ms, manifest.length_steps, manifest.horizon_steps], [60_000, 32, 8]);
    const { rows, from, to, steps, engine, seed } = manifest.trained;
    assert.deepEqual({ rows, steps, engine, seed }, { rows: 400, steps: 4, engine: 'wasm', seed: 1 });
    assert.deepEqual([from, to], [lines[0]?.[0], lines.at(-1)?.[0]]);
  });

  test('takes rows of any order, of years to come, and columns and labels as they are', async () => {
    const future = madeUpLines(400, { startMs: Date.parse('2090-01-02T00:00:00Z') }).reverse();
    await place.write(
      'future.csv',
      csvText(
        future.map((line) => [...line.slice(0, 4), 'note']),
        'time,a,b,c,remark',
      ),
    ); // no label
    const { error, text } = await place.train('future.csv', 'future');
    assert.equal(error, null, error?.message);
    assert.doesNotMatch(text, /not used/);
    const { manifest } = await loadModelPackage(place.at('future'));
    assert.equal(manifest.trained.from, '2090-01-02T00:00:00.000Z');
  });

  test('reads a history for a pipeline whose own source is a broker', async () => {
    const kafka = {
      type: 'kafka',
      path: undefined,
      drop_columns: undefined,
      brokers: ['localhost:9092'],
      topics: ['plant'],
    };
    await place.write('kafka.yaml', madeUpPipeline({ path: 'series' }, kafka));
    const named = lines.map(([time, ...cells]) => ['pump', time as string, ...cells]);
    await place.write('named.csv', `\ufeff${csvText(named, 'series,time,a,b,c,label')}`);
    const { error } = await place.train('named.csv', 'named', [], 'kafka.yaml');
    assert.equal(error, null, error?.message);
    assert.deepEqual((await loadModelPackage(place.at('named'))).manifest.series, ['pump']);
  });

  const refused: Readonly<Record<string, { readonly text: string; readonly says: RegExp }>> = {
    'a header alone': { text: `${header}\n`, says: /training on .*refused\.csv: not one reading could be used/ },
    'too few rows': {
      text: csvText(lines.slice(0, 90)),
      says: /the longest series has 90 rows, at least 96 are needed/,
    },
    'three windows, of which hardly one is left to hold out': {
      text: csvText(lines.slice(0, 97)),
      says: /only \d+ training and \d+ held-out windows/,
    },
    'cells all missing': {
      text: csvText(lines.map(([time]) => [time as string, '', '', '', 0])),
      says: /none of the channels has a value \(a, b, c\)/,
    },
    'constant channels': {
      text: csvText(lines.map(([time]) => [time as string, 5, 6, 7, 0])),
      says: /no channel varies/,
    },
    'other channel names': { text: csvText(lines, 'time,x,y,z,label'), says: /none of the channels has a value/ },
    'times that are none': {
      text: csvText(lines.map((line) => ['soon', ...line.slice(1)])),
      says: /not one reading could be used/,
    },
  };
  for (const [what, { text, says }] of Object.entries(refused)) {
    test(`refuses ${what}, and says what to do`, async () => {
      await place.write('refused.csv', text);
      const { error } = await place.train('refused.csv', 'refused');
      assert.equal(error?.code, 'DATA_INSUFFICIENT', error?.message);
      assert.match(error?.message ?? '', says);
      assert.ok((error?.hint ?? '').length > 10);
    });
  }

  test('refuses an output that cannot be written before it trains', async () => {
    const { error, text } = await place.train('train.csv', 'train.csv/model');
    assert.equal(error?.code, 'SINK_FAILED');
    assert.match(error?.message ?? '', /making the folder .*train\.csv\/model/);
    assert.doesNotMatch(text, /training on/);
  });

  test('says which rows it could not use', async () => {
    const broken = csvText(lines)
      .split('\n')
      .map((line, i) => (i === 7 ? '2024-03-04T00:06:00Z,1' : line));
    await place.write('broken.csv', broken.join('\n').replace(/^(2024-03-04T00:10:00\.000Z),[^,]*/m, '$1,high'));
    const { error, text } = await place.train('broken.csv', 'broken');
    assert.equal(error, null);
    assert.match(text, /not used: parse_error 1 \(.*\); value_invalid 1 \(a: expected a number, got "high"\)/);
  });
});

test('a signal ends the training between two steps, without a model', async () => {
  const place = await MadeUpPlace.create();
  try {
    await place.write('train.csv', csvText(lines));
    const out = place.at('never');
    const paths = [place.at('pipeline.yaml'), '--data', place.at('train.csv'), '--out', out];
    const cli = startCli([
      'train',
      ...paths,
      '--engine',
      'wasm',
      '--budget-seconds',
      '600',
      '--set',
      'train.steps_max=1000000',
    ]);
    await eventually(
      () => cli.said(),
      async () => cli.said().includes('training on wasm'),
    );
    cli.kill('SIGINT');
    assert.equal((await cli.exitWithin(60_000)).code, 130, cli.said());
    assert.match(cli.said(), /training: stopped by a signal, no model is written/);
    assert.deepEqual(await readdir(out), []);
  } finally {
    await place.remove();
  }
});
