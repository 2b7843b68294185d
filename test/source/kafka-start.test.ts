import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOf } from '../../src/source/kafka-start.ts';

const at = (committed: number | null) => ({ topic: 't', partition: 1, low: 10, high: 20, committed });

test('the commit where there is one, else the oldest or the newest', () => {
  for (const committed of [10, 15, 20]) {
    assert.deepEqual(startOf(at(committed), 'earliest'), { offset: committed, warning: null });
    assert.deepEqual(startOf(at(committed), 'latest'), { offset: committed, warning: null });
  }
  assert.deepEqual(startOf(at(null), 'earliest'), { offset: 10, warning: null });
  assert.deepEqual(startOf(at(null), 'latest'), { offset: 20, warning: null });
});

test('a commit that points nowhere starts at the oldest message, whatever the options say, and warns', () => {
  for (const from of ['earliest', 'latest'] as const) {
    const gone = startOf(at(4), from);
    assert.equal(gone.offset, 10);
    assert.match(gone.warning ?? '', /offsets 4 to 9 were deleted before they were read/);
    const beyond = startOf(at(21), from);
    assert.equal(beyond.offset, 10);
    assert.match(beyond.warning ?? '', /commit 21 lies behind the end 20/);
  }
});
