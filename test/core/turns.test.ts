import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers';
import { Turns } from '../../src/core/turns.ts';

it('a turn is over after some milliseconds, and passing it lets the others run', async () => {
  let nowMs = 100;
  const turns = new Turns({ monotonicMs: () => nowMs });
  assert.equal(turns.isOver, false);
  nowMs += 6;
  assert.equal(turns.isOver, true);
  let others = 0;
  setImmediate(() => others++);
  await turns.pass();
  assert.equal(others, 1);
  assert.equal(turns.isOver, false);
});

it('a turn that begins counts from when it is asked for, and not from the last one', () => {
  let nowMs = 100;
  const turns = new Turns({ monotonicMs: () => nowMs });
  nowMs += 1000;
  turns.begin();
  assert.equal(turns.isOver, false);
  nowMs += 3;
  assert.equal(turns.isOver, false);
  nowMs += 1;
  assert.equal(turns.isOver, true);
});
