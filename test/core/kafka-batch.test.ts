import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerBefore, holdsRecords, substituteRecords } from '../../src/core/kafka-batch.ts';

test('records are counted by their lengths, to the last byte', () => {
  const two = Buffer.from([2, 0, 4, 0, 0]); // lengths 1 and 2, zigzag-encoded
  assert.equal(holdsRecords(two, 2), true);
  assert.equal(holdsRecords(two, 1), false);
  assert.equal(holdsRecords(two, 3), false);
  assert.equal(holdsRecords(two.subarray(0, -1), 2), false);
  assert.equal(holdsRecords(Buffer.from([3, 0]), 1), false, 'a negative length');
  assert.equal(holdsRecords(Buffer.alloc(20, 0xff), 1), false, 'a length without end');
});

test('substitutes stand at the first offsets and at the last one', () => {
  const bytes = substituteRecords({ count: 3, lastOffsetDelta: 500, crcMatches: false });
  assert.ok(bytes);
  assert.equal(holdsRecords(bytes, 3), true);
  assert.equal(
    bytes.toString('hex'),
    `0e${'0000'}00${'01020000'}0e${'0000'}02${'01020000'}10${'0000'}e807${'01020000'}`,
  );
});

test('none where the header makes no sense', () => {
  for (const [count, lastOffsetDelta] of [
    [0, 0],
    [-1, 5],
    [5, 3],
    [2, 2_000_000],
  ] as const)
    assert.equal(substituteRecords({ count, lastOffsetDelta, crcMatches: false }), null);
});

test('no header is seen where none is', () => {
  assert.equal(headerBefore(Buffer.from(new ArrayBuffer(100), 10, 50)), null);
  assert.equal(headerBefore(Buffer.from(new ArrayBuffer(100), 61, 39)), null);
});
