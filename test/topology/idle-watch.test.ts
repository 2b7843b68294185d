import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../src/core/clock.ts';
import { IdleWatch } from '../../src/topology/idle-watch.ts';

function watchFrom() {
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => 0,
    monotonicMs: () => nowMs,
    sleep: () => Promise.resolve(),
    every: () => () => {},
  };
  const idle = new IdleWatch(clock, 1000);
  return {
    idle,
    pass: (ms: number) => {
      nowMs += ms;
    },
    taken: (blocked = false) => idle.take(blocked).map(({ topic, partition }) => `${topic}/${partition}`),
  };
}

const p = (partition: number) => ({ topic: 't', partition });

describe('IdleWatch', () => {
  it('names a partition once it has been without messages for the time, and only once', () => {
    const { idle, pass, taken } = watchFrom();
    idle.seen(p(0));
    pass(999);
    assert.deepEqual(taken(), []);
    pass(1);
    assert.deepEqual(taken(), ['t/0']);
    pass(5000);
    assert.deepEqual(taken(), []);
  });

  it('a message makes it young again', () => {
    const { idle, pass, taken } = watchFrom();
    idle.seen(p(0));
    pass(1000);
    assert.deepEqual(taken(), ['t/0']);
    idle.seen(p(0));
    assert.deepEqual(taken(), []);
    pass(900);
    idle.seen(p(0));
    pass(900);
    assert.deepEqual(taken(), []);
    pass(100);
    assert.deepEqual(taken(), ['t/0']);
  });

  it('does not count the time in which the source had to wait', () => {
    const { idle, pass, taken } = watchFrom();
    idle.seen(p(0));
    for (let i = 0; i < 10; i++) {
      pass(400);
      assert.deepEqual(taken(true), []);
    }
    pass(999);
    assert.deepEqual(taken(), []);
    pass(1);
    assert.deepEqual(taken(), ['t/0']);
  });

  it('partitions age on their own; one that is gone is not named', () => {
    const { idle, pass, taken } = watchFrom();
    idle.seen(p(0));
    pass(500);
    idle.seen(p(1));
    idle.seen(p(2));
    idle.drop(p(2));
    pass(500);
    assert.deepEqual(taken(), ['t/0']);
    pass(500);
    assert.deepEqual(taken(), ['t/1']);
  });

  it('one that never had a message is not idle: there is nothing to close', () => {
    const { pass, taken } = watchFrom();
    pass(10_000);
    assert.deepEqual(taken(), []);
  });
});
