import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startCli } from '../support/cli.ts';

const line =
  /^(?:[^\\ ,]|\\.)+(?:,[^ ,=]+=(?:[^\\ ,=]|\\.)+)+ [^ ]+=(?:"(?:[^"\\]|\\.)*"|[^ ,"]+)(?:,[^ ,=]+=(?:"(?:[^"\\]|\\.)*"|[^ ,"]+))* \d{10,}$/;

describe('demo', () => {
  let dir: string;
  const at = (name: string) => path.join(dir, name);
  const demo = async (...args: string[]) => {
    const cli = startCli(['demo', ...args]);
    const { code } = await cli.exitWithin(240_000);
    return { code, said: cli.said() };
  };

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'driftcast-demo-'));
    await writeFile(at('precious.txt'), 'not of the demo');
    await writeFile(at('results.lp'), 'of an earlier one');
    // a folder whose name YAML would read as something else
    const runs = await Promise.all([demo('--days', '0.4', '--out', dir), demo('--days', '0.4', '--out', at('no: #1'))]);
    for (const { code, said } of runs) assert.equal(code, 0, said);
  });
  after(() => rm(dir, { recursive: true, force: true }));

  test('ends by itself and writes its results, whatever else is in the folder', async () => {
    assert.deepEqual((await readdir(dir)).filter((name) => name !== 'no: #1').sort(), [
      'precious.txt',
      'results.lp',
      'summary.json',
    ]);
    assert.equal(await readFile(at('precious.txt'), 'utf8'), 'not of the demo');
  });

  test('the same seed gives the same bytes', async () => {
    for (const name of ['results.lp', 'summary.json']) {
      const [one, two] = await Promise.all([readFile(at(name)), readFile(path.join(at('no: #1'), name))]);
      assert.ok(one.equals(two), name);
    }
  });

  test('results.lp is line protocol with one set of fields a point', async () => {
    const lines = (await readFile(at('results.lp'), 'utf8'))
      .trimEnd()
      .split('\n')
      .filter((one) => !/^(#|CREATE )/.test(one));
    assert.ok(lines.length > 1000);
    for (const one of lines) assert.match(one, line);
    assert.ok(new Set(lines.map((one) => one.split(/[, ]/, 1)[0])).size >= 2);
  });

  test('summary.json has what the table shows', async () => {
    const summary = JSON.parse(await readFile(at('summary.json'), 'utf8'));
    assert.deepEqual(Object.keys(summary), [
      'pipeline',
      'model',
      'engine',
      'seed',
      'days',
      'rows',
      'imputation',
      'forecast',
      'anomaly',
      'faults',
      'false_alarms',
      'false_alarms_per_day',
      'false_alarms_per_day_asked',
    ]);
    assert.deepEqual([summary.pipeline, summary.days, summary.rows, summary.seed], ['pump-station', 0.4, 576, 7]);
    assert.ok(summary.imputation.model.count > 0 && summary.forecast.model.count > 0);
    assert.ok(summary.imputation.model.crps < summary.imputation.baselines.linear_interpolation.crps);
    assert.ok(summary.forecast.model.crps < summary.forecast.baselines.naive.crps);
  });

  test('a number that is none is a mistake of usage', async () => {
    const { code, said } = await demo('--days', 'many');
    assert.equal(code, 2);
    assert.match(said, /a number above 0/);
  });
});
