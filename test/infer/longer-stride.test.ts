import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Window } from '../../src/core/window.ts';
import { type Asked, LongerStride } from '../../src/infer/longer-stride.ts';

const stride = 4;

const windowOf = (endMs: number, changes: Partial<Window> = {}): Window => ({
  series: 's',
  endMs,
  stepMs: 1,
  values: new Float64Array(16),
  length: 16,
  channels: 1,
  newRows: stride,
  location: new Float64Array(1),
  scale: new Float64Array(1),
  observedFraction: 1,
  hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
  ...changes,
});
const degraded = (endMs: number, changes: Partial<Window> = {}): Asked => ({
  window: windowOf(endMs, changes),
  level: 2,
  leftOut: ['longer_stride', 'score_only'],
});
const whole = (endMs: number): Asked => ({ window: windowOf(endMs), level: 0, leftOut: [] });
const told = (all: readonly Asked[]) =>
  all.map(({ window: { endMs, newRows }, level, taken, isLate }) => [endMs, newRows, level, taken?.endMs, isLate]);

describe('LongerStride', () => {
  it('puts off the windows at odd multiples of the stride, and gives their rows to the next', () => {
    const longer = new LongerStride();
    assert.deepEqual(told(longer.push(degraded(7), 0)), [[7, 4, 2, undefined, undefined]]);
    assert.deepEqual(longer.push(degraded(11), 0), []);
    assert.deepEqual(longer.push(degraded(11, { series: 'other' }), 0), []);
    assert.deepEqual(told(longer.push(degraded(15), 0)), [[15, 8, 2, 11, undefined]]);
    assert.deepEqual(told(longer.push(degraded(23), 0)), [[23, 4, 2, undefined, undefined]], 'owed once');
  });

  it('tells of the two the level that more was left out at', () => {
    const longer = new LongerStride();
    longer.push(degraded(11), 0);
    const [both] = longer.push(whole(15), 0);
    assert.deepEqual(told([both]), [[15, 8, 2, 11, undefined]]);
    assert.deepEqual(both.leftOut, ['longer_stride', 'score_only']);
  });

  it('lets it come alone where the next window is not its next, or is of another assignment', () => {
    const longer = new LongerStride();
    longer.push(degraded(11), 0);
    assert.deepEqual(told(longer.push(whole(39), 0)), [
      [11, 4, 2, undefined, true],
      [39, 4, 0, undefined, undefined],
    ]);
    longer.push(degraded(11), 0);
    const again = { ...windowOf(15), hold: { topic: 't', partition: 0, generation: 2, offset: 0 } };
    assert.equal(longer.push({ ...whole(15), window: again }, 0).length, 2);
  });

  it('lets it come alone when its series is over, when all is, and when it has waited for too long', () => {
    const longer = new LongerStride();
    longer.push(degraded(11), 0);
    assert.deepEqual(told(longer.release('s')), [[11, 4, 2, undefined, true]]);
    assert.deepEqual(longer.release('s'), []);
    longer.push(degraded(11, { series: 'a' }), 0);
    longer.push(degraded(11, { series: 'b' }), 50_000);
    assert.deepEqual(longer.releaseDue(60_000), []);
    assert.deepEqual(
      longer.releaseDue(61_000).map(({ window }) => window.series),
      ['a'],
    );
    assert.deepEqual(
      longer.releaseAll().map(({ window }) => window.series),
      ['b'],
    );
  });

  it('hands on which older rows were patched, where they are now, but for those that are told as new', () => {
    const longer = new LongerStride();
    longer.push(degraded(11, { patchedRows: [2, 6, 11] }), 0);
    const [both] = longer.push(degraded(15, { patchedRows: [2, 7, 9] }), 0);
    assert.deepEqual(both.window.patchedRows, [2, 7]);
    longer.push(degraded(19, { patchedRows: [1] }), 0);
    assert.equal('patchedRows' in (longer.push(degraded(23), 0)[0]?.window ?? {}), false, 'out of the window');
  });
});
