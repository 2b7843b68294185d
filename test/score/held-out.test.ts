import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { heldOutAtStart, holdOut } from '../../src/score/held-out.ts';

const feed = (alarms: readonly boolean[], rule: { rowsMax: number; share: number }, references = 0) => {
  let state = heldOutAtStart(references, rule);
  return alarms.map((alarm) => {
    const { held, ...next } = holdOut(state, alarm, rule);
    state = next;
    return held;
  });
};
const times = (count: number, alarm: boolean) => Array.from({ length: count }, () => alarm);

describe('what is left out of the memory', () => {
  it('are rows of an alarm as far as ordinary rows before them have earned it', () => {
    const held = feed([...times(8, false), ...times(4, true), false, true], { rowsMax: 100, share: 0.25 });
    assert.deepEqual(held.slice(0, 8), times(8, false));
    assert.deepEqual(held.slice(8), [true, true, false, false, false, false]);
  });

  it('starts with what the reference scores have earned, and saves up no more than one alarm may take', () => {
    assert.deepEqual(heldOutAtStart(5000, { rowsMax: 1000, share: 0.02 }), { alarmRows: 0, allowance: 100 });
    assert.deepEqual(heldOutAtStart(5000, { rowsMax: 40, share: 0.02 }), { alarmRows: 0, allowance: 40 });
    const held = feed([...times(500, false), ...times(9, true)], { rowsMax: 3, share: 0.5 }, 500);
    assert.equal(held.filter(Boolean).length, 3);
  });

  it('are no more rows of one alarm than the rule says, whatever was earned; the next alarm counts from its start', () => {
    const held = feed([...times(6, true), false, ...times(6, true)], { rowsMax: 4, share: 1 }, 100);
    assert.deepEqual(held.slice(0, 6), [true, true, true, true, false, false]);
    assert.deepEqual(held.slice(7, 11).filter(Boolean).length, 3, 'what the rows between have earned');
  });

  it('is a share of the rows that are remembered, whatever the feed does', () => {
    const rule = { rowsMax: 50, share: 0.1 };
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), fc.nat(1000), (alarms, references) => {
        const held = feed(alarms, rule, references).filter(Boolean).length;
        const remembered = alarms.length - held;
        assert.ok(held <= Math.min(rule.rowsMax, rule.share * references) + rule.share * remembered + 1e-9);
      }),
    );
  });
});
