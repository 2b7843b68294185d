import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureInterleaved } from './measure-interleaved.ts';

test('samples in turns, drops the warm-up round, takes medians of times and of ratios within a round', async () => {
  const order: string[] = [];
  // the machine is ten times as slow in the second round that counts
  const slowness = [50, 1, 10, 1];
  const side = (name: string, ms: number) => {
    let round = 0;
    return {
      name,
      sample: async () => {
        order.push(name);
        return { wallMs: ms * slowness[round++] };
      },
    };
  };
  const [reference, other] = await measureInterleaved([side('a', 2), side('b', 6)], 3);
  assert.equal(order.join(''), 'abababab');
  const msOf = (samples: readonly { readonly wallMs: number }[]) => samples.map(({ wallMs }) => wallMs);
  assert.deepEqual([reference.name, reference.median, reference.ratio], ['a', { wallMs: 2 }, { wallMs: 1 }]);
  assert.deepEqual(msOf(reference.samples), [2, 20, 2]);
  assert.deepEqual([other.name, other.median, other.ratio], ['b', { wallMs: 6 }, { wallMs: 3 }]);
  assert.deepEqual(msOf(other.samples), [6, 60, 6]);
});

test('the median of an even number of rounds is the mean of the middle two', async () => {
  const times = [0, 4, 1, 3, 2];
  let round = 0;
  const [only] = await measureInterleaved([{ name: 'a', sample: async () => ({ ms: times[round++] }) }], 4);
  assert.equal(only.median.ms, 2.5);
});
