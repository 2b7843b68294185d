import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readLabels } from '../../../src/cli/backtest/read-labels.ts';
import type { PipelineConfig } from '../../../src/config/pipeline-schema.ts';

const config = { window: { step_ms: 60_000 }, limits: { message_bytes_max: 1_048_576 } } as unknown as PipelineConfig;
const startMs = Date.parse('2026-01-05T00:00:00Z');
const grid = (series: string, rows: number, firstRow = 0) => ({
  series,
  startMs: startMs + firstRow * 60_000,
  rows,
  values: new Float64Array(rows),
});
let file: string;

before(async () => {
  file = path.join(await mkdtemp(path.join(tmpdir(), 'driftcast-labels-')), 'data.csv');
});
after(() => rm(path.dirname(file), { recursive: true, force: true }));

async function labelsOf(
  text: string,
  series: readonly ReturnType<typeof grid>[],
  naming: object = { constant: 'plant' },
): Promise<string[]> {
  await writeFile(file, text);
  const source = { type: 'replay', path: file, delimiter: ',', time_column: 'time', drop_columns: ['label'] };
  const labels = await readLabels('label', { source, decode: { type: 'json', series: naming } }, config, series);
  return labels.map((own) => own.join(''));
}

describe('readLabels', () => {
  test('an event goes on over rows that nothing was read of, and ends where a row is not labelled', async () => {
    const line = (minute: number, label: number) => `${new Date(startMs + minute * 60_000).toISOString()},${label}`;
    const text = ['time,label', line(1, 1), line(4, 1), line(5, 0), line(7, 1), line(9, 0), line(10, 0)].join('\n');
    assert.deepEqual(await labelsOf(text, [grid('plant', 12)]), ['011110010000']);
  });

  test('numbers above 0, and words that do not say that all is well', async () => {
    const cells = [
      '0',
      '1',
      '2.5',
      '0.0',
      '-1',
      '',
      'Attack',
      'normal',
      'TRUE',
      'false',
      ' yes ',
      'No',
      'NaN',
      'bearing_wear',
      'OK',
    ];
    const text = cells.map((cell, row) => `2026-01-05T00:${String(row).padStart(2, '0')}:00Z,1,${cell}\n`).join('');
    assert.deepEqual(await labelsOf(`time,a,label\n${text}`, [grid('plant', cells.length)]), ['011000101010010']);
  });

  test('a cell of the grid is labelled when any of its rows is; rows outside and times that are none are left out', async () => {
    const text =
      'time,a,label\n2026-01-05T00:01:10Z,1,1\n2026-01-05T00:01:50Z,1,0\n2026-01-04T23:00:00Z,1,1\n2026-01-05T09:00:00Z,1,1\nsoon,1,1\nragged,1\n';
    assert.deepEqual(await labelsOf(text, [grid('plant', 3)]), ['010']);
  });

  test('series by series, as the decoder names them', async () => {
    const text =
      'time,series,site,a,label\n2026-01-05T00:01:00Z, north ,x,1,1\n2026-01-05T00:02:00Z,south,y,1,1\n2026-01-05T00:02:00Z,west,x,1,1\n';
    assert.deepEqual(await labelsOf(text, [grid('south', 2, 1), grid('north', 3)], { path: 'series' }), ['01', '010']);
    assert.deepEqual(await labelsOf(text, [grid('x', 3), grid('y', 3)], { path: 'site' }), ['011', '001']);
    assert.deepEqual(await labelsOf(text, [grid('north', 3)], { key: true }), ['010']);
  });
});
