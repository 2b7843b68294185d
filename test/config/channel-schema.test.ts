import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channelSchema } from '../../src/config/channel-schema.ts';

describe('channelSchema', () => {
  it('is a measured value, read as it comes, unless said otherwise', () => {
    assert.deepEqual(channelSchema.parse({ name: 'flow' }), {
      name: 'flow',
      unit: '',
      kind: 'gauge',
      aggregate: 'last',
      wraps_at: 0,
      transform: 'none',
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
      known_ahead: false,
    });
  });

  it('refuses what it does not know', () => {
    for (const wrong of [
      {},
      { name: '' },
      { name: 'a', kind: 'plan' },
      { name: 'a', knownAhead: true },
      { name: 'a', known_ahead: 1 },
    ])
      assert.equal(channelSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
  });
});
