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

  test('--bases-only: the bases serve alone, and the package says so', async () => {
    const { text, error } = await place.train('train.csv', 'bases', ['--bases-only']);
    assert.equal(error, null, error?.message);
    assert.match(text, /no network is trained: .* gaps start from/);
    assert.doesNotMatch(text, /steps in/);
    const { manifest, model } = await loadModelPackage(place.at('bases'));
    assert.deepEqual([manifest.trained.steps, manifest.trained.engine], [0, 'none']);
    assert.ok(model.calibration.referenceScores.length > 0);
    const test = manifest.metrics.test;
    assert.ok(test?.forecast, 'it is tested like any other');
    assert.ok((await readdir(place.at('bases'))).every((file) => !file.includes('checkpoint')));
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
    assert.equal(manifest.trained.data, 'train.csv', 'a package travels: not where it lay');
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

  test('the package says how good the model was on rows that nothing was fitted to', async () => {
    const { manifest } = await loadModelPackage(place.at('one'));
    const { test: tested } = manifest.metrics;
    assert.equal(tested?.rows, 40);
    assert.deepEqual([tested?.from, tested?.to], [lines[360]?.[0], lines[399]?.[0]]);
    assert.ok((tested?.forecast?.model.crps ?? 0) > 0 && 'ridge_residuals' in (tested?.forecast?.baselines ?? {}));
    assert.deepEqual([manifest.trained.fitted_rows, manifest.trained.validation_rows], [264, 96]);
    assert.deepEqual(manifest.metrics.impute.base, 1);
  });

  test('nothing that is fitted or calibrated depends on the rows of the test', async () => {
    const changed = lines.map((line, i) => (i < 360 ? line : [line[0] as string, i, 7 * (i % 3), -i, 0]));
    await place.write('changed.csv', csvText(changed));
    assert.equal((await place.train('changed.csv', 'changed')).error, null);
    const [one, other] = await Promise.all(['one', 'changed'].map((name) => loadModelPackage(place.at(name))));
    assert.equal(other?.manifest.version, one?.manifest.version);
    assert.notDeepEqual(other?.manifest.metrics.test, one?.manifest.metrics.test);
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
    'a channel that is not there': {
      text: csvText(lines, 'time,a,b,cc,label'),
      says: /the data have no channel "c" \(did you mean "cc"\?\)/,
    },
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

describe('an interrupted training', () => {
  let place: MadeUpPlace;
  const args = (out: string, ...more: string[]) => [
    ...['train', place.at('pipeline.yaml'), '--data', place.at('train.csv'), '--out', place.at(out)],
    ...['--engine', 'wasm', '--budget-seconds', '600', '--set', 'train.steps_max=80', ...more],
  ];
  const slowly = ['--set', 'train.steps_max=1000000'];

  before(async () => {
    place = await MadeUpPlace.create();
    await place.write('train.csv', csvText(lines));
  });
  after(() => place.remove());

  /** Starts a training and stops it by a signal once its first checkpoint is there. */
  async function interrupted(out: string, ...more: string[]): Promise<string> {
    const cli = startCli(args(out, '--set', 'train.checkpoint_seconds=0.01', ...more));
    await eventually(
      () => cli.said(),
      async () => (await readdir(place.at(out)).catch((): string[] => [])).includes('checkpoint.safetensors'),
    );
    cli.kill('SIGINT');
    assert.equal((await cli.exitWithin(60_000)).code, 130, cli.said());
    return cli.said();
  }

  test('ends between two steps, without a model and with a checkpoint', async () => {
    const said = await interrupted('stopped', ...slowly);
    assert.match(said, /training: stopped by a signal, no model is written\n.*--resume goes on from/);
    assert.deepEqual(await readdir(place.at('stopped')), ['checkpoint.safetensors']);
  });

  test('goes on to the model that it would have become, and leaves no checkpoint', async () => {
    const slow = ['--set', 'train.batch_windows=64'];
    await interrupted('again', ...slow);
    const said = await runCli(args('again', '--resume', ...slow));
    assert.match(said, /going on after step \d+ of 80/);
    assert.match(said, /step 80 of 80: loss \d\.\d{3}, validation CRPS \d\.\d{3} of its base/);
    assert.deepEqual((await readdir(place.at('again'))).sort(), ['manifest.json', 'weights.safetensors']);
    await runCli(args('straight', ...slow));
    const [one, other] = await Promise.all(['again', 'straight'].map((name) => loadModelPackage(place.at(name))));
    assert.equal(one?.manifest.version, other?.manifest.version);
    assert.deepEqual(one?.manifest.metrics, other?.manifest.metrics);
  });

  test('does not go on with other data or settings, and starts again where there is nothing to go on from', async () => {
    await interrupted('mixed', ...slowly);
    await place.write('other.csv', csvText(madeUpLines(401)));
    const of = (data: string, ...more: string[]) => place.train(data, 'mixed', ['--resume', ...more]);
    assert.match((await of('other.csv', ...slowly)).error?.message ?? '', /its checkpoint was made on other data/);
    assert.match((await of('train.csv')).error?.message ?? '', /its checkpoint was made with other settings/);
    const { text, error } = await place.train('train.csv', 'fresh', ['--resume']);
    assert.equal(error, null);
    assert.match(text, /--resume: there is no .*checkpoint\.safetensors, training from the start/);
    assert.match(
      (await place.train('train.csv', 'mixed')).text,
      /training from the start; --resume would have gone on/,
    );
  });
});
