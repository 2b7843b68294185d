import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FairQueue } from '../../src/infer/fair-queue.ts';

describe('FairQueue', () => {
  it('takes one of every key before a second of any, and goes on where it stopped', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2']) queue.push(item[0] as string, item);
    assert.equal(queue.size, 7);
    assert.deepEqual(queue.take(4), ['a1', 'b1', 'c1', 'a2']);
    assert.deepEqual(queue.take(4), ['c2', 'a3', 'a4']);
    assert.deepEqual(queue.take(4), []);
    assert.equal(queue.size, 0);
  });

  it('a key that comes new waits for those whose turn it is', () => {
    const queue = new FairQueue<string>();
    queue.push('a', 'a1');
    queue.push('a', 'a2');
    assert.deepEqual(queue.take(1), ['a1']);
    queue.push('b', 'b1');
    assert.deepEqual(queue.take(2), ['a2', 'b1']);
  });
});
