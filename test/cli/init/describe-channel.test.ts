import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeChannel } from '../../../src/cli/init/describe-channel.ts';
import { measureGrid } from '../../../src/cli/init/measure-grid.ts';
import { START_MS } from './made-up.ts';

const gridOf = (offsets: readonly number[], keys = offsets.map(() => '')) =>
  measureGrid(
    Float64Array.from(offsets, (offset) => START_MS + offset * 1000),
    keys,
    1000,
  );
const every = (count: number) => gridOf(Array.from({ length: count }, (_, row) => row));
const facts = (values: readonly number[], grid = every(values.length)) =>
  describeChannel('x', Float64Array.from(values), grid);
const noise = (row: number) => Math.sin(row * 12.9898) * 43758.5453 - Math.floor(Math.sin(row * 12.9898) * 43758.5453);

describe('describeChannel', () => {
  it('measures range and median', () => {
    const { min, median, max, kind, missingFraction } = facts([5, 1.5, 9, Number.NaN, 3, 7]);
    assert.deepEqual([min, median, max, kind], [1.5, 5, 9, 'gauge']);
    assert.equal(missingFraction, 1 / 6);
  });

  it('tells flags: few whole values', () => {
    assert.equal(facts([0, 1, 0, 1, 2, 3]).kind, 'flag');
    assert.equal(facts([0, 1, 2, 3, 4, 5]).kind, 'gauge');
    assert.equal(facts([0.5, 1, 0.5, 1]).kind, 'gauge');
  });

  it('keeps constants as flags, with a note', () => {
    const constant = facts([7.5, 7.5, 7.5]);
    assert.equal(constant.kind, 'flag');
    assert.match(constant.notes[0], /constant/);
  });

  it('counts missing cells and the longest gap, at the ends and between, by series', () => {
    const nan = Number.NaN;
    assert.deepEqual(pick(facts([nan, nan, 1, nan, 2])), [3 / 5, 2]);
    assert.deepEqual(pick(facts([1, nan, nan, nan, 2, nan])), [4 / 6, 3]);
    assert.deepEqual(pick(facts([1, 2, 3], gridOf([0, 1, 9]))), [7 / 10, 7]);
    assert.deepEqual(pick(facts([1, 2, 3, 4], gridOf([0, 1, 5, 6], ['a', 'a', 'b', 'b']))), [0, 0]);
    assert.deepEqual(pick(facts([1, nan, 2], gridOf([0, 0, 1]))), [0, 0]);
    assert.deepEqual(pick(facts([nan, nan])), [1, 2]);
  });

  it('warns of counters, with and without resets, and of nothing else', () => {
    const count = (row: number) => row + noise(row) / 2;
    const counter = (values: readonly number[]) => facts(values).notes.some((note) => note.includes('counter'));
    const rows = Array.from({ length: 400 }, (_, row) => row);
    assert.equal(counter(rows.map(count)), true);
    assert.equal(counter(rows.map((row) => count(row % 200))), true);
    assert.equal(counter(rows.map(noise)), false);
    assert.equal(counter(rows.map((row) => count(row) - 3 * Math.floor(row / 10))), false);
    assert.equal(counter(rows.map((row) => Math.floor(row / 50))), false);
  });
});

const pick = ({ missingFraction, gapSteps }: { missingFraction: number; gapSteps: number }) => [
  missingFraction,
  gapSteps,
];
