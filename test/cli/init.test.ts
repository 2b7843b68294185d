import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { registerInit } from '../../src/cli/init.ts';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { rowsOf } from './init/made-up.ts';
import { runCommand } from './test-io.ts';

const root = mkdtempSync(path.join(tmpdir(), 'driftcast-init-'));
after(() => rmSync(root, { recursive: true }));

const csv = (
  name: string,
  header: string,
  rows: readonly (readonly (string | number)[])[],
  delimiter = ',',
): string => {
  const file = path.join(root, name);
  writeFileSync(file, `${header}\n${rows.map((row) => `${row.join(delimiter)}\n`).join('')}`);
  return file;
};
const init = (...args: string[]) => runCommand((program, io) => registerInit(program, io, registry), ['init', ...args]);
const plant = (count: number) =>
  rowsOf(count, 60_000, (row, iso) => [
    iso,
    (Math.sin(row / 9) * 4 + row * 1e-5).toFixed(4),
    row % 2,
    row % 50 === 0 ? 1 : 0,
    `n${row}`,
  ]);
const data = csv('Pump 7 (north).csv', 'time,flow ${rate},valve,anomaly,note', plant(500));

describe('driftcast init --data', () => {
  it('writes a pipeline that loads, and says what it found', async () => {
    const out = path.join(root, 'a', 'pump');
    const { stdout, error } = await init('--data', data, '--out', out);
    assert.equal(error, null);
    const { config, resolvePath } = loadPipeline(path.join(out, 'pipeline.yaml'), { registry, env: {} });
    assert.equal(config.name, 'pump-7-north');
    assert.deepEqual(
      config.channels.map(({ name, kind }) => [name, kind]),
      [
        ['flow ${rate}', 'gauge'],
        ['valve', 'flag'],
      ],
    );
    assert.equal(config.window.step_ms, 60_000);
    assert.equal(resolvePath(String(config.source.path)), data);
    assert.deepEqual(config.source.drop_columns, ['anomaly', 'note']);
    assert.deepEqual(config.decode.series, { constant: 'pump-7-north' });
    assert.match(
      stdout,
      /^Pump 7 \(north\)\.csv: 500 rows, 1 series, 2 channels\n {2}time {5}column "time", 2026-01-05 00:00:00 to /,
    );
    assert.match(stdout, /labels {3}anomaly \(kept from the model\)\n {2}left out note \(is text\)/);
    assert.match(stdout, /\n {2}flow \$\{rate\} {2}gauge {7}0% /);
    assert.match(stdout, /driftcast train .*pipeline\.yaml --data '.*Pump 7 \(north\)\.csv' --out /);
  });

  it('writes the parts to change as comments that are YAML once the marks are gone', async () => {
    const out = path.join(root, 'b');
    await init('--data', data, '--out', out);
    const file = path.join(out, 'pipeline.yaml');
    const text = readFileSync(file, 'utf8');
    assert.match(text, /^# yaml-language-server: \$schema=.*schemas\/pipeline\.schema\.json\n/);
    const live = text
      .replace(/^source:\n(?: .*\n)+/m, '')
      .replace(/^# (source:| {2}type: kafka| {2}brokers:| {4}- localhost:9092| {2}topics:| {4}- pump-7-north)$/gm, '$1')
      .replace(/^# {3}(- type: influxdb| {2}url: | {2}database: | {2}username: | {2}password: )/gm, '  $1');
    writeFileSync(file, live);
    const { config } = loadPipeline(file, { registry, env: { INFLUX_PASSWORD: '123' } });
    assert.equal(config.source.type, 'kafka');
    assert.deepEqual(
      config.sinks.map(({ type }) => type),
      ['line-protocol', 'influxdb'],
    );
    assert.equal(config.sinks[1].password, '123');
  });

  it('reads other delimiters, series columns, an asked step, label and name', async () => {
    const rows = rowsOf(400, 0, (row) => [
      new Date(Date.UTC(2026, 0, 5) + Math.floor(row / 2) * 10_000).toISOString().slice(0, 19).replace('T', ' '),
      `d${row % 2}`,
      row * 1.5,
      row % 3 === 0 ? 1 : 0,
    ]);
    const file = csv('b.csv', 'datetime;device;value;broken', rows, ';');
    const out = path.join(root, 'c');
    assert.equal(
      (await init('--data', file, '--out', out, '--step', '1m', '--label', 'broken', '--name', 'my-line')).error,
      null,
    );
    const { config } = loadPipeline(path.join(out, 'pipeline.yaml'), { registry, env: {} });
    assert.deepEqual(
      [
        config.name,
        config.window.step_ms,
        config.source.delimiter,
        config.source.time_column,
        config.source.series_column,
      ],
      ['my-line', 60_000, ';', 'datetime', 'device'],
    );
    assert.deepEqual(config.source.drop_columns, ['broken']);
    assert.deepEqual(config.decode.series, { path: 'series' });
    assert.equal(config.window.length_steps, 16, 'few rows make a short window');
  });

  it('overwrites only when told to', async () => {
    const out = path.join(root, 'd');
    await init('--data', data, '--out', out);
    const { error } = await init('--data', data, '--out', out);
    assert.ok(
      error instanceof DriftcastError &&
        error.code === 'USAGE' &&
        /is there already/.test(error.message) &&
        /--force/.test(error.hint ?? ''),
    );
    assert.equal((await init('--data', data, '--out', out, '--force')).error, null);
  });

  it('makes a name of any file', async () => {
    for (const [file, name] of [
      ['2024.csv', 'feed-2024'],
      ['ÄÖ.csv', 'feed'],
      [`${'x'.repeat(90)}.csv`, 'x'.repeat(63)],
    ]) {
      const out = path.join(root, 'names', name);
      assert.equal(
        (
          await init(
            '--data',
            csv(
              file,
              'time,v',
              rowsOf(60, 1000, (row, iso) => [iso, row * 0.7]),
            ),
            '--out',
            out,
          )
        ).error,
        null,
      );
      assert.equal(loadPipeline(path.join(out, 'pipeline.yaml'), { registry, env: {} }).config.name, name);
    }
  });

  it('warns of a file that is sorted by series', async () => {
    const rows = ['a', 'b'].flatMap((device) => rowsOf(200, 60_000, (row, iso) => [iso, device, row * 0.7]));
    const { stdout } = await init('--data', csv('sorted.csv', 'time,device,v', rows), '--out', path.join(root, 'e'));
    assert.match(stdout, /warning {2}rows lie up to 3\.3h behind newer ones: sort them by time/);
  });

  it('refuses arguments that make no sense', async () => {
    const out = ['--out', path.join(root, 'f')];
    const usage = async (args: readonly string[], pattern: RegExp) => {
      const { error } = await init(...args, ...out);
      assert.ok(error instanceof Error && pattern.test(error.message), String(error));
    };
    await usage([], /either --data FILE, or --brokers LIST and --topic NAME/);
    await usage(['--data', data, '--topic', 't'], /either --data/);
    await usage(['--brokers', 'a:1'], /either --data/);
    await usage(['--data', data, '--name', 'No Name'], /--name: expected lower-case/);
    await usage(['--data', data, '--step', 'soon'], /Expected a duration/);
    await usage(['--data', data, '--label', 'nope'], /there is no column "nope"/);
    await usage(['--data', path.join(root, 'nothing.csv')], /reading .*ENOENT/);
    await usage(['--brokers', 'a:1', '--topic', 't', '--sample', '0'], /Expected a number of messages/);
    await usage(['--brokers', 'a:1', '--topic', 't', '--username', 'u'], /the password is expected in KAFKA_PASSWORD/);
  });
});
