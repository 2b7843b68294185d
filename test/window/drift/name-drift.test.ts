import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advanceStreaks, isOff, nameDrift } from '../../../src/window/drift/name-drift.ts';

const none = { level: 0, shape: 0, move: 0 };
const off = (changes: Partial<typeof none>) => ({ ...none, ...changes });

describe('nameDrift', () => {
  it('counts blocks in a row, of the level and the noise with their sign', () => {
    const up = advanceStreaks(none, off({ level: 1.5, shape: 2 }));
    assert.deepEqual(up, { level: 1, shape: 1, move: 0 });
    assert.deepEqual(advanceStreaks(up, off({ level: 2, move: -1 })), { level: 2, shape: 0, move: -1 });
    assert.deepEqual(advanceStreaks(up, off({ level: -2 })).level, -1, 'up and down is no drift');
    assert.deepEqual(advanceStreaks(up, off({ level: 0.9 })).level, 0);
  });

  it('names nothing that lasted one block', () => {
    assert.equal(nameDrift({ level: 1, shape: 1, move: -1 }, off({ level: 9 }), [0, 0, 9]), null);
  });

  const kindOf = (streaks: Partial<typeof none>, levels: readonly number[]) =>
    nameDrift(off(streaks), off({ level: 2, shape: 2, move: 2 }), levels)?.kind;

  it('takes a jump, also one in the midst of a block, for a shift and many steps for a trend', () => {
    assert.equal(kindOf({ level: 2 }, [0, 0.1, -0.1, 0, 3, 3.1]), 'level_shift');
    assert.equal(kindOf({ level: 2 }, [0, 0.1, 0, 1.4, 3, 3]), 'level_shift');
    assert.equal(kindOf({ level: -2 }, [0, 0.1, 0, -1.4, -3, -3]), 'level_shift');
    assert.equal(kindOf({ level: 2 }, [0, 0.6, 1.2, 1.7, 2.4, 3]), 'trend');
    assert.equal(kindOf({ level: -2 }, [0, -0.6, -1.2, -1.7, -2.4, -3]), 'trend');
    assert.equal(kindOf({ level: 2 }, [0, 3]), 'level_shift', 'the first block after those that were learnt from');
  });

  it('names another sensor before another level, and that before another course of the day', () => {
    assert.equal(kindOf({ level: 2, shape: 2, move: -2 }, [0, 3]), 'sensor_replaced');
    assert.equal(kindOf({ level: 2, shape: 2 }, [0, 3]), 'level_shift');
    assert.equal(kindOf({ shape: 2 }, [0, 0]), 'season_change');
  });

  it('knows what is off', () => {
    assert.deepEqual([none, off({ level: -1 }), off({ shape: 1 }), off({ move: -1.2 })].map(isOff), [
      false,
      true,
      true,
      true,
    ]);
  });
});
