import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LateWrites, pointOf } from '../../src/sink/late-writes.ts';

function created(lateMs = 100) {
  let nowMs = 0;
  const clock = {
    monotonicMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  return { late: new LateWrites(clock, lateMs), clock, signal: new AbortController().signal };
}

describe('pointOf', () => {
  test('is series and time, whatever the fields hold', () => {
    assert.equal(pointOf('m,s=a v=1 5'), 'm,s=a 5');
    assert.equal(pointOf('m,s=a\\ b v="x y",w=2 5'), 'm,s=a\\ b 5');
    assert.equal(pointOf('m v=1 -5'), pointOf('m w=2 -5'));
    assert.notEqual(pointOf('m,s=a v=1 5'), pointOf('m,s=a v=1 6'));
  });
});

describe('LateWrites', () => {
  test('doubts the points of a request that was given up, until it must be dead', async () => {
    const { late, clock, signal } = created();
    late.doubt(['m,s=a v=1 5', 'm,s=b v=1 5']);
    assert.equal(late.deadlineOf(['m,s=a v=2 6']), null);
    assert.equal(late.deadlineOf(['m,s=c v=2 6', 'm,s=a v=2 5']), 100);
    assert.deepEqual(
      ['m,s=a v=2 5', 'm,s=a v=2 6'].map((line) => late.isInDoubt(line)),
      [true, false],
    );
    await late.until(100, signal);
    assert.equal(clock.monotonicMs(), 100);
    assert.deepEqual([late.deadlineOf(['m,s=a v=2 5']), late.size], [null, 0]);
  });

  test('the newest request counts, and what is over is forgotten', async () => {
    const { late, clock } = created();
    late.doubt(['m,s=a v=1 5', 'm,s=b v=1 5']);
    await clock.sleep(60);
    late.doubt(['m,s=a v=1 5']);
    assert.equal(late.deadlineOf(['m,s=a v=2 5']), 160);
    await clock.sleep(50);
    assert.deepEqual([late.deadlineOf(['m,s=b v=2 5']), late.size], [null, 1]);
  });
});
