import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Partition } from '../../src/window/partition.ts';
import { RestingSeries } from '../../src/window/resting-series.ts';

const partition = (number: number) => new Partition({ topic: 't', partition: number, generation: 1 });
const state = (endMs: number) => ({ endMs, lastMs: endMs, normalizer: null }) as const;

describe('RestingSeries', () => {
  it('gives what it was given once, to the partition that it is of', () => {
    const resting = new RestingSeries(10);
    const [one, other] = [partition(0), partition(1)];
    resting.add(one, 's', state(1));
    assert.equal(resting.take(other, 's'), null);
    assert.deepEqual(resting.take(one, 's'), state(1));
    assert.equal(resting.take(one, 's'), null);
  });

  it('is bounded: the series that has been silent for longest is forgotten', () => {
    const resting = new RestingSeries(2);
    const home = partition(0);
    for (const name of ['a', 'b', 'a', 'c']) resting.add(home, name, state(1));
    assert.equal(resting.size, 2);
    assert.equal(resting.take(home, 'b'), null);
    assert.ok(resting.take(home, 'a'));
  });

  it('forgets a partition that starts again', () => {
    const resting = new RestingSeries(10);
    const [one, other] = [partition(0), partition(1)];
    resting.add(one, 's', state(1));
    resting.add(other, 's', state(2));
    resting.drop(one);
    assert.equal(resting.take(one, 's'), null);
    assert.deepEqual(resting.take(other, 's'), state(2));
  });
});
