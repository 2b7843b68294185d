import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Batcher } from '../../src/infer/batcher.ts';
import { settle, VirtualTime } from '../topology/sim/virtual-time.ts';

function setUp(changes: { sizeMax?: number; waitMsMax?: number; batchesMax?: number } = {}) {
  const time = new VirtualTime();
  const begun: string[][] = [];
  const waits: number[] = [];
  const finish: (() => void)[] = [];
  const batcher = new Batcher<string>({
    sizeMax: 3,
    waitMsMax: 50,
    batchesMax: 2,
    ...changes,
    clock: time,
    run: (items, waitedMs) => {
      begun.push([...items]);
      waits.push(waitedMs);
      return new Promise((resolve) => finish.push(resolve));
    },
  });
  const push = (...items: string[]) => {
    for (const item of items) batcher.push(item[0] as string, item);
  };
  return { time, begun, waits, finish, batcher, push };
}

describe('Batcher', () => {
  it('begins a batch when it is full', () => {
    const { begun, push, batcher } = setUp();
    push('a1', 'b1');
    assert.deepEqual(begun, []);
    push('c1');
    assert.deepEqual(begun, [['a1', 'b1', 'c1']]);
    assert.equal(batcher.size, 0);
  });

  it('begins what there is when one has waited long enough', async () => {
    const { time, begun, waits, push } = setUp();
    push('a1');
    await time.pass(30);
    push('b1');
    await time.pass(10);
    assert.deepEqual(begun, []);
    await time.pass(10);
    assert.deepEqual(begun, [['a1', 'b1']]);
    assert.deepEqual(waits, [50]);
    push('c1');
    await time.pass(40);
    assert.equal(begun.length, 1, 'the wait begins anew');
    await time.pass(20);
    assert.deepEqual(begun[1], ['c1']);
  });

  it('keeps what nobody can take yet, so that it goes together, series in turns', async () => {
    const { begun, push, finish, batcher } = setUp({ batchesMax: 1 });
    push('a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'c1');
    assert.deepEqual(begun, [['a1', 'a2', 'a3']]);
    assert.equal(batcher.size, 5);
    finish[0]?.();
    await settle();
    assert.deepEqual(begun[1], ['a4', 'b1', 'c1']);
  });

  it('begins nothing after it is closed', async () => {
    const { time, begun, push, batcher } = setUp();
    push('a1');
    batcher.close();
    await time.pass(200);
    push('b1', 'c1', 'd1');
    assert.deepEqual(begun, []);
  });
});
