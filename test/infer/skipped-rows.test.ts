import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Window } from '../../src/core/window.ts';
import { SkippedRows } from '../../src/infer/skipped-rows.ts';

const windowOf = (changes: Partial<Window> = {}): Window => ({
  series: 's',
  endMs: 0,
  stepMs: 1,
  values: new Float64Array(16),
  length: 16,
  channels: 1,
  newRows: 4,
  location: new Float64Array(1),
  scale: new Float64Array(1),
  observedFraction: 1,
  hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
  ...changes,
});

describe('SkippedRows', () => {
  it('leaves out every second window of a series, and gives its rows to the next', () => {
    const skipped = new SkippedRows();
    assert.equal(skipped.add(windowOf()), true);
    assert.equal(skipped.add(windowOf({ series: 'other' })), true);
    assert.equal(skipped.add(windowOf()), false);
    assert.equal(skipped.takeInto(windowOf()).newRows, 8);
    assert.equal(skipped.takeInto(windowOf()).newRows, 4, 'owed once');
    assert.equal(skipped.add(windowOf()), true);
  });

  it('gives no more rows than the window has', () => {
    const skipped = new SkippedRows();
    skipped.add(windowOf({ newRows: 14 }));
    assert.equal(skipped.takeInto(windowOf()).newRows, 16);
  });

  it('hands on which older rows were patched, where they are now, but for those that are told as new', () => {
    const skipped = new SkippedRows();
    skipped.add(windowOf({ patchedRows: [2, 6, 11] }));
    assert.deepEqual(skipped.takeInto(windowOf({ patchedRows: [2, 7, 9] })).patchedRows, [2, 7]);
    skipped.add(windowOf({ patchedRows: [1] }));
    assert.equal('patchedRows' in skipped.takeInto(windowOf()), false, 'out of the window');
  });

  it('owes nothing to a series that has ended', () => {
    const skipped = new SkippedRows();
    skipped.add(windowOf());
    skipped.forget('s');
    assert.equal(skipped.takeInto(windowOf()).newRows, 4);
  });
});
