import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Credits } from '../../src/topology/credits.ts';
import { VisitPump } from '../../src/topology/visit-pump.ts';
import { settle } from './sim/virtual-time.ts';

/** So many things to visit, one in a turn, each of which takes a credit. */
function world(due: number, limit: number) {
  const credits = new Credits(limit);
  const visits: (number | null)[] = [];
  const pump = new VisitPump({
    credits,
    clock: { monotonicMs: () => 0 },
    isDue: () => visits.length < due,
    visit: (arrivedMs) => {
      visits.push(arrivedMs);
      credits.take(1);
    },
  });
  return { credits, visits, pump };
}

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await settle();
};

describe('VisitPump', () => {
  it('goes on turn by turn until nothing is due, and holds the source meanwhile', async () => {
    const { credits, visits, pump } = world(3, 100);
    pump.start(7);
    pump.start(8);
    assert.deepEqual([visits, credits.free], [[], false]);
    await turns(1);
    assert.equal(credits.free, false);
    await turns(5);
    assert.deepEqual([visits, credits.free], [[7, 7, 7], true]);
  });

  it('waits where as much is in flight as may be', async () => {
    const { credits, visits, pump } = world(5, 2);
    pump.start(null);
    await turns(9);
    assert.equal(visits.length, 2);
    credits.give(1);
    await turns(9);
    assert.equal(visits.length, 3);
    credits.give(2);
    await turns(9);
    assert.deepEqual([visits.length, credits.free], [5, false]);
    credits.give(2);
    assert.equal(credits.free, true);
  });

  it('a stop leaves what is due to whoever comes next', async () => {
    const { credits, visits, pump } = world(1000, 100);
    pump.start(null);
    await turns(3);
    pump.stop();
    const { length } = visits;
    await turns(9);
    assert.deepEqual([visits.length, credits.free], [length, true]);
  });
});
