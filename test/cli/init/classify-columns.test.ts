import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classifyColumns } from '../../../src/cli/init/classify-columns.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import { rowsOf, table } from './made-up.ts';

const classify = (
  names: readonly string[],
  cells: (row: number) => readonly (string | number)[],
  label: string | null = null,
) =>
  classifyColumns(
    table(
      ['time', ...names],
      rowsOf(100, 1000, (row, iso) => [iso, ...cells(row)]),
    ),
    [0],
    label,
  );

describe('classifyColumns', () => {
  it('takes numbers as channels; missing cells and a stray word do no harm', () => {
    const { channels, ignored } = classify(['a', 'b'], (row) => [
      row === 5 ? 'error' : row / 3,
      row % 2 === 0 ? 'NA' : '1e3',
    ]);
    assert.deepEqual(
      channels.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual(ignored, []);
    assert.equal(Number.isNaN(channels[0].values[5]), true);
    assert.deepEqual([...channels[1].values.slice(0, 2)], [Number.NaN, 1000]);
  });

  it('leaves out what is no channel, and says why', () => {
    const { ignored, channels } = classify(['text', 'empty', '', 'No', 'month', 'time', 'v'], (row) => [
      `x${row}`,
      row % 2 === 0 ? '' : 'NaN',
      row,
      row + 1,
      3,
      'x',
      row,
    ]);
    assert.deepEqual(ignored, [
      { name: 'text', why: 'is text' },
      { name: 'empty', why: 'has no values' },
      { name: '', why: 'has no name' },
      { name: 'No', why: 'counts the rows' },
      { name: 'month', why: 'is a part of the time' },
      { name: 'time', why: 'stands beside the chosen time column' },
    ]);
    assert.deepEqual(
      channels.map(({ name }) => name),
      ['v'],
    );
  });

  it('keeps labels from the model, by name or as asked', () => {
    assert.deepEqual(
      classify(['anomaly', 'Is_Attack', 'v'], (row) => [row % 2, row % 3 === 0 ? 'True' : 'False', row]).labels,
      ['anomaly', 'Is_Attack'],
    );
    assert.deepEqual(classify(['broken', 'v'], (row) => [row % 2, row], 'broken').labels, ['broken']);
    assert.deepEqual(classify(['fault', 'v'], (row) => [row * 1.5, row]).labels, [], 'many values are no label');
  });

  it('fails where the asked label is no column', () => {
    assert.throws(
      () => classify(['v'], (row) => [row], 'attack'),
      (error) => error instanceof DriftcastError && error.code === 'USAGE' && /no column "attack"/.test(error.message),
    );
  });

  it('takes at most 400 channels', () => {
    const names = Array.from({ length: 405 }, (_, index) => `c${index}`);
    const { channels, ignored } = classify(names, (row) => names.map((_, index) => row + index));
    assert.equal(channels.length, 400);
    assert.deepEqual(
      ignored.map(({ name }) => name),
      ['c400', 'c401', 'c402', 'c403', 'c404'],
    );
  });
});
