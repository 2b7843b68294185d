import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Command, CommanderError } from 'commander';
import { parse } from 'csv-parse/sync';
import { registerBacktest } from '../../src/cli/backtest.ts';
import { registerDemo } from '../../src/cli/demo.ts';
import { registerDoctor } from '../../src/cli/doctor.ts';
import { registerInit } from '../../src/cli/init.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { registerRun } from '../../src/cli/run.ts';
import { registerSchema } from '../../src/cli/schema.ts';
import { registerSimulate } from '../../src/cli/simulate.ts';
import { registerTrain } from '../../src/cli/train.ts';
import { registerValidate } from '../../src/cli/validate.ts';
import { registry } from '../../src/components.ts';
import { startCli } from '../support/cli.ts';
import { runCommand } from './test-io.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** `driftcast <args>` as a real process, to its end. */
async function driftcast(...args: string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  const cli = startCli(args);
  const { code } = await cli.exitWithin(240_000);
  const said = cli.said();
  assert.doesNotMatch(said, /^\s+at .+:\d+:\d+/m, `a stack trace of driftcast ${args.join(' ')}`);
  return { code, said };
}

describe('from a recording to a report, command by command', () => {
  let dir: string;
  const at = (name: string) => path.join(dir, name);
  const csv = async (name: string): Promise<Record<string, string>[]> =>
    parse(await readFile(at(name)), { columns: true });
  /** Settings that make this quick. */
  const quick = [
    'window.length_steps=32',
    'model.horizon_steps=8',
    'model.impute_delay_steps=8',
    'alert.p_value=0.01',
  ].flatMap((set) => ['--set', set]);

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'driftcast-contract-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  test('simulate, init, validate', async () => {
    const plant = ['simulate', '--plant', 'pump-station', '--to', 'file'];
    const [train, labelled] = await Promise.all([
      driftcast(...plant, '--days', '0.7', '--no-faults', '--out', at('train.csv')),
      driftcast(
        ...plant,
        '--days',
        '0.5',
        '--seed',
        '3',
        '--start',
        '2026-01-09T00:00:00Z',
        '--labels',
        '--out',
        at('plain.csv'),
      ),
    ]);
    assert.deepEqual([train.code, labelled.code], [0, 0]);
    // a fault that does not wait for the plant to break: the flow reads ten times too high for 40 minutes
    const [head = '', ...lines] = (await readFile(at('plain.csv'), 'utf8')).trimEnd().split('\n');
    const flow = head.split(',').indexOf('flow');
    const faulty = lines.map((line, row) => {
      const cells = line.split(',');
      if (row < 400 || row >= 440) return line;
      return [...cells.slice(0, flow), String(10 * Number(cells[flow]) + 500), ...cells.slice(flow + 1, -1), '1'].join(
        ',',
      );
    });
    await writeFile(at('labelled.csv'), `${[head, ...faulty].join('\n')}\n`);
    const init = await driftcast('init', '--data', at('train.csv'), '--out', at('pump'), '--name', 'pump');
    assert.equal(init.code, 0, init.said);
    const validate = await driftcast('validate', at('pump/pipeline.yaml'));
    assert.equal(validate.code, 0, validate.said);
    assert.match(validate.said, /^ok {2}.*pipeline\.yaml/);
  });

  test('train', async () => {
    const few = [
      '--budget-seconds',
      '600',
      '--set',
      'train.width=16',
      '--set',
      'train.steps_max=3',
      '--set',
      'train.batch_windows=8',
    ];
    const train = await driftcast(
      'train',
      at('pump/pipeline.yaml'),
      '--data',
      at('train.csv'),
      '--out',
      at('pump/model'),
      '--engine',
      'wasm',
      ...few,
      ...quick,
    );
    assert.equal(train.code, 0, train.said);
    assert.match(train.said, /3 steps in \d+ s/);
    assert.match(train.said, /model [0-9a-f]{12} written to/);
  });

  test('backtest', async () => {
    const backtest = await driftcast(
      'backtest',
      at('pump/pipeline.yaml'),
      '--model',
      at('pump/model'),
      '--data',
      at('labelled.csv'),
      '--label',
      'label',
      '--out',
      at('out'),
      ...quick,
    );
    assert.equal(backtest.code, 0, backtest.said);
    assert.match(backtest.said, /metrics\.json, scores\.csv, forecast\.csv, imputed\.csv, report\.html/);
  });

  test('metrics.json', async () => {
    const metrics = JSON.parse(await readFile(at('out/metrics.json'), 'utf8'));
    for (const task of ['imputation', 'forecast']) {
      const { model, baselines } = metrics[task];
      assert.ok(Object.keys(baselines).length >= 2);
      for (const scores of [model, ...(Object.values(baselines) as Record<string, number>[])]) {
        for (const key of ['mae', 'crps', 'coverage90', 'width90'])
          assert.equal(typeof scores[key], 'number', `${task}.${key}`);
        assert.ok(scores.mae > 0 && scores.crps > 0);
        assert.ok(scores.coverage90 >= 0 && scores.coverage90 <= 1 && scores.width90 >= 0);
        assert.equal(scores.count, model.count);
      }
    }
    const { model, baselines } = metrics.anomaly;
    for (const key of ['vus_pr', 'auc_pr', 'false_alarms_per_day', 'events_found', 'events'])
      assert.equal(typeof model[key], 'number', key);
    for (const key of ['vus_pr', 'auc_pr']) {
      for (const scores of [model, ...(Object.values(baselines) as Record<string, number>[])])
        assert.ok(scores[key] > 0 && scores[key] < 1 + 1e-9);
    }
    assert.ok(model.events >= 1 && model.events_found >= 1 && model.events_found <= model.events);
    assert.equal(metrics.schema_version, 1);
    assert.equal(metrics.rows, 720);
  });

  test('scores.csv: a line for every row of the input, at its time', async () => {
    const text = await readFile(at('out/scores.csv'), 'utf8');
    assert.equal(text.split('\n')[0], 'time,series,score,p_value,alarm,top_channels');
    const [scores, input] = [await csv('out/scores.csv'), await csv('labelled.csv')];
    assert.deepEqual(
      scores.map(({ time }) => Date.parse(time as string)),
      input.map(({ time }) => Date.parse(time as string)),
    );
    const channels = Object.keys(input[0] ?? {});
    for (const { score, p_value: p, alarm, top_channels: top } of scores) {
      assert.ok(Number(score) >= 0 && Number(p) > 0 && Number(p) <= 1 && (alarm === '0' || alarm === '1'));
      assert.ok(top === '' || (top as string).split(';').every((name) => channels.includes(name)));
    }
    assert.ok(scores.slice(400, 440).some(({ alarm }) => alarm === '1'));
  });

  test('forecast.csv, imputed.csv, report.html', async () => {
    const forecast = await csv('out/forecast.csv');
    assert.deepEqual(Object.keys(forecast[0] ?? {}), [
      'time',
      'series',
      'channel',
      'horizon_steps',
      'p05',
      'p50',
      'p95',
      'observed',
    ]);
    const imputed = await csv('out/imputed.csv');
    assert.deepEqual(Object.keys(imputed[0] ?? {}), [
      'time',
      'series',
      'channel',
      'p05',
      'p50',
      'p95',
      'truth',
      'hidden',
    ]);
    for (const { time, p05, p50, p95 } of [...forecast, ...imputed]) {
      assert.ok(Number.isFinite(Date.parse(time as string)));
      assert.ok(Number(p05) <= Number(p50) && Number(p50) <= Number(p95));
    }
    const report = await readFile(at('out/report.html'), 'utf8');
    assert.match(report, /^<!doctype html>[\s\S]+<\/html>\s*$/i);
    assert.match(report, /labelled\.csv/);
  });

  test('a mistake in the arguments ends with 2, one in the data with 1; both say what to do', async () => {
    const train = ['train', at('pump/pipeline.yaml'), '--out', at('x')];
    const [noData, badNumber, misspelt, missing] = await Promise.all([
      driftcast(...train),
      driftcast(...train, '--data', at('train.csv'), '--budget-seconds', 'soon'),
      driftcast(...train, '--data', at('train.csv'), '--engin', 'wasm'),
      driftcast(...train, '--data', at('nowhere.csv')),
    ]);
    assert.deepEqual(
      [noData, badNumber, misspelt, missing].map(({ code }) => code),
      [2, 2, 2, 1],
    );
    assert.match(noData.said, /required option '--data <where>' not specified/);
    assert.match(badNumber.said, /'soon' is invalid.*a number above 0/);
    assert.match(misspelt.said, /Did you mean --engine\?/);
    for (const { said } of [noData, badNumber, misspelt]) assert.match(said, /--help shows the options/);
    assert.match(missing.said, /reading .*nowhere\.csv: .*\n {2}Check the path/);
  });
});

const registers: Readonly<Record<string, (program: Command, io: CliIo) => void>> = {
  init: (program, io) => registerInit(program, io, registry),
  train: (program, io) => registerTrain(program, io, registry),
  backtest: (program, io) => registerBacktest(program, io, registry),
  run: (program, io) => registerRun(program, io, registry),
  simulate: registerSimulate,
  validate: (program, io) => registerValidate(program, io, registry),
  doctor: registerDoctor,
  demo: (program, io) => registerDemo(program, io, registry),
  schema: (program, io) => registerSchema(program, io, registry),
};

describe('help', () => {
  test('every command explains itself with examples', async () => {
    for (const [command, register] of Object.entries(registers)) {
      const { stdout, error } = await runCommand(register, [command, '--help']);
      assert.ok(error instanceof CommanderError && error.exitCode === 0);
      assert.match(stdout, /Examples:\n\s+(\$ )?driftcast /, command);
    }
  });

  test('the program names its commands, knows its version, and what nobody meant', async () => {
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
    const [all, versions, unknown] = await Promise.all([
      driftcast('--help'),
      driftcast('--version'),
      driftcast('trian'),
    ]);
    assert.deepEqual([all.code, versions.code, unknown.code], [0, 0, 2]);
    assert.equal(versions.said.trim(), version);
    assert.match(unknown.said, /unknown command 'trian'[\s\S]*train/);
    const told = [...all.said.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
    assert.deepEqual(told.sort(), Object.keys(registers).sort());
  });
});
