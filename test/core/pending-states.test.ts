import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PendingStates } from '../../src/core/pending-states.ts';

describe('PendingStates', () => {
  it('gives the state of the asked time, once, and forgets older ones', () => {
    const states = new PendingStates<string>(10);
    states.put('s', 10, 'a');
    states.put('s', 20, 'b');
    states.put('s', 30, 'c');
    states.put('u', 20, 'other');
    assert.equal(states.take('s', 20), 'b');
    assert.equal(states.take('s', 20), null);
    assert.equal(states.take('s', 10), null);
    assert.equal(states.take('s', 30), 'c');
    assert.equal(states.take('u', 20), 'other');
    assert.equal(states.size, 0);
  });

  it('gives the older of two states for a time between them: nothing has changed it since', () => {
    const states = new PendingStates<string>(10);
    states.put('s', 10, 'a');
    states.put('s', 30, 'c');
    assert.equal(states.take('s', 20), 'a');
    assert.equal(states.take('s', 20), null);
    assert.equal(states.size, 1);
    assert.equal(states.take('s', 30), 'c');
  });

  it('forgets what is older than a delivery, and gives what it would have given', () => {
    const states = new PendingStates<string>(10);
    for (const [timeMs, state] of [
      [10, 'a'],
      [20, 'b'],
      [40, 'd'],
    ] as const)
      states.put('s', timeMs, state);
    states.put('u', 10, 'other');
    states.passed('s', 5);
    states.passed('unknown', 5);
    assert.equal(states.size, 4);
    states.passed('s', 30);
    assert.equal(states.size, 3);
    assert.equal(states.take('s', 30), 'b');
    assert.equal(states.take('s', 40), 'd');
    assert.equal(states.take('u', 10), 'other');
    assert.equal(states.size, 0);
  });

  it('forgets the state that waits longest beyond its limit', () => {
    const states = new PendingStates<number>(2);
    states.put('s', 10, 1);
    states.put('u', 10, 2);
    states.put('s', 20, 3);
    assert.equal(states.size, 2);
    assert.equal(states.take('s', 10), null);
    assert.equal(states.take('s', 20), 3);
    assert.equal(states.take('u', 10), 2);
  });

  it('takes a time that comes again as a rewind', () => {
    const states = new PendingStates<string>(10);
    states.put('s', 10, 'old');
    states.put('s', 20, 'old');
    states.put('s', 10, 'new');
    assert.equal(states.size, 1);
    assert.equal(states.take('s', 10), 'new');
  });

  it('forgets a series, and keeps nothing where nothing is to be kept', () => {
    const states = new PendingStates<string>(10);
    states.put('s', 10, 'a');
    states.forget('s');
    states.forget('unknown');
    assert.equal(states.size, 0);
    const none = new PendingStates<string>(0);
    none.put('s', 10, 'a');
    assert.equal(none.take('s', 10), null);
  });
});
