import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cells, channelTable } from '../../src/decode/cells.ts';
import { channel } from './made-up.ts';

const table = channelTable([channel('a'), channel('b'), channel('p', 0, 100)]);

describe('Cells', () => {
  it('gives each reading cells of its own, whatever is gathered afterwards', () => {
    const cells = new Cells(table);
    cells.add(0, 1.5);
    cells.add(2, 50);
    const first = cells.kept();
    cells.clear();
    cells.add(1, 7);
    const second = cells.kept();
    cells.clear();
    cells.add(0, 2);
    cells.add(1, 3);
    const third = cells.kept();
    assert.deepEqual(first, { channels: [0, 2], values: [1.5, 50] });
    assert.deepEqual(second, { channels: [1], values: [7] });
    assert.deepEqual(third, { channels: [0, 1], values: [2, 3] });
  });

  it('lets readings of the same channels share them', () => {
    const cells = new Cells(table);
    const readings = [1, 2].map((value) => {
      cells.clear();
      cells.add(0, value);
      cells.add(1, value);
      return cells.kept();
    });
    assert.equal(readings[0].channels, readings[1].channels);
    assert.deepEqual(
      readings.map(({ values }) => values),
      [
        [1, 1],
        [2, 2],
      ],
    );
  });

  it('forgets the faults of the reading before', () => {
    const cells = new Cells(table);
    cells.add(2, 101);
    assert.equal(cells.faults().length, 1);
    cells.clear();
    cells.add(2, 99);
    assert.deepEqual(cells.faults(), []);
    assert.deepEqual(cells.kept().values, [99]);
  });
});
