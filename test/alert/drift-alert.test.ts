import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advanceDrift } from '../../src/alert/drift-alert.ts';
import type { DriftFinding } from '../../src/core/drift.ts';

const finding = (channel: number, sinceMs: number, kind: DriftFinding['kind'] = 'trend'): DriftFinding => ({
  channel,
  kind,
  sinceMs,
  was: 0,
  now: 1,
  size: 2,
});

describe('advanceDrift', () => {
  it('begins with the earliest change, and ends with the last', () => {
    const begun = advanceDrift(null, [finding(0, 50), finding(1, 20)]);
    assert.equal(begun.open?.startMs, 20);
    assert.equal(begun.transition?.state, 'firing');
    const ended = advanceDrift(begun.open, []);
    assert.equal(ended.open, null);
    assert.deepEqual(ended.transition, { state: 'resolved', drift: begun.open });
    assert.deepEqual(advanceDrift(null, []), { open: null, transition: null });
  });

  it('tells another channel or another kind, not another size and not one that left', () => {
    const { open } = advanceDrift(null, [finding(0, 50), finding(1, 20)]);
    const transitionOf = (...findings: DriftFinding[]) => advanceDrift(open, findings).transition?.state ?? null;
    assert.equal(transitionOf({ ...finding(0, 50), size: 9 }, finding(1, 20)), null);
    assert.equal(transitionOf(finding(1, 20)), null);
    assert.equal(transitionOf(finding(0, 50), finding(1, 20), finding(2, 90)), 'firing');
    assert.equal(transitionOf(finding(0, 50, 'sensor_frozen'), finding(1, 20)), 'firing');
    assert.equal(advanceDrift(open, [finding(2, 5)]).open?.startMs, 20, 'its name stays');
  });
});
