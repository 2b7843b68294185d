import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Channel } from '../../src/core/channel.ts';
import { knownAheadOf, planReadings } from '../../src/core/plan-reading.ts';

const channel = (knownAhead?: boolean): Channel => ({
  name: 'x',
  unit: '',
  kind: 'command',
  aggregate: 'last',
  min: 0,
  max: 1,
  ...(knownAhead === undefined ? {} : { knownAhead }),
});
const channels = [channel(), channel(true), channel(false), channel(true)];

describe('planReadings', () => {
  const isPlan = planReadings(channels);

  it('takes readings all of whose channels are known ahead', () => {
    assert.deepEqual(knownAheadOf(channels), [1, 3]);
    for (const [own, want] of [
      [[1], true],
      [[3, 1], true],
      [[0], false],
      [[1, 0], false],
      [[2, 3], false],
      [[], false],
    ] as const)
      assert.equal(isPlan({ channels: own }), want, `[${own}]`);
  });

  it('knows none where no channel is known ahead', () => {
    assert.equal(planReadings([channel()])({ channels: [0] }), false);
    assert.deepEqual(knownAheadOf([channel(), channel(false)]), []);
  });
});
