import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Credits } from '../../src/topology/credits.ts';
import { settle, watch } from './sim/virtual-time.ts';

describe('Credits', () => {
  it('are free below the limit, and say how much is in flight', () => {
    const credits = new Credits(2);
    assert.equal(credits.free, true);
    credits.take(1);
    assert.deepEqual([credits.inFlight, credits.free], [1, true]);
    credits.take(3);
    assert.deepEqual([credits.inFlight, credits.free], [4, false], 'one message may overshoot');
    credits.give(2);
    assert.equal(credits.free, false, 'the limit itself is not free');
    credits.give(1);
    assert.equal(credits.free, true);
  });

  it('are not free while anybody holds them, whatever is in flight', async () => {
    const credits = new Credits(1);
    const [first, second] = [credits.hold(), credits.hold()];
    const waiter = watch(credits.whenFree());
    assert.deepEqual([credits.inFlight, credits.free], [0, false]);
    first();
    credits.take(1);
    credits.give(1);
    await settle();
    assert.equal(waiter.state, 'running');
    second();
    await settle();
    assert.equal(waiter.state, 'done');
  });

  it('wakes everybody who waits as soon as there is room, and nobody sooner', async () => {
    const credits = new Credits(1);
    await credits.whenFree();
    credits.take(2);
    const waiters = [watch(credits.whenFree()), watch(credits.whenFree())];
    credits.give(1);
    await settle();
    assert.deepEqual(
      waiters.map(({ state }) => state),
      ['running', 'running'],
    );
    credits.give(1);
    await settle();
    assert.deepEqual(
      waiters.map(({ state }) => state),
      ['done', 'done'],
    );
    assert.equal(credits.waiting, 0);
  });

  it('a wait that is aborted ends, and leaves nothing behind', async () => {
    const credits = new Credits(1);
    credits.take(1);
    for (let slice = 0; slice < 1000; slice++) {
      const over = new AbortController();
      const waiter = watch(credits.whenFree(over.signal));
      over.abort();
      await Promise.resolve();
      assert.equal(waiter.state, 'done');
    }
    assert.equal(credits.waiting, 0);
    await credits.whenFree(AbortSignal.abort());
    assert.equal(credits.waiting, 0);
  });

  it('property: free exactly when what was taken minus what was given is below the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(10)), (limit, takes) => {
        const credits = new Credits(limit);
        let sum = 0;
        for (const [i, count] of takes.entries()) {
          const given = i % 3 === 2 ? Math.min(sum, count) : 0;
          if (given > 0) credits.give(given);
          else credits.take(count);
          sum += given > 0 ? -given : count;
          assert.equal(credits.inFlight, sum);
          assert.equal(credits.free, sum < limit);
        }
      }),
    );
  });
});
