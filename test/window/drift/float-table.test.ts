import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { floatTable, widthOf } from '../../../src/window/drift/float-table.ts';

const layout = { one: 1, three: 3 } as const;

describe('floatTable', () => {
  it('is one array of zeros, seen as fields', () => {
    const { all, of } = floatTable(layout, 2);
    assert.equal(widthOf(layout), 4);
    of.one[1] = 5;
    of.three[4] = 7;
    assert.deepEqual([...all], [0, 5, 0, 0, 0, 0, 7, 0]);
  });

  it('takes an array that is there for its own', () => {
    const copy = floatTable(
      layout,
      2,
      Float64Array.from({ length: 8 }, (_, i) => i),
    );
    assert.deepEqual([...copy.of.one, ...copy.of.three], [0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
