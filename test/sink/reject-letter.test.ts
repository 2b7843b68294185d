import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rejectLetter } from '../../src/sink/reject-letter.ts';

test('a refused point is a dead letter of bounded size', () => {
  const letter = rejectLetter('pump-1', 'x'.repeat(900), 'abcdef', 7, 4);
  assert.deepEqual(letter, {
    reason: 'sink_rejected',
    detail: 'x'.repeat(500),
    position: null,
    key: 'pump-1',
    raw: Buffer.from('abcd'),
    timeMs: 7,
  });
});
