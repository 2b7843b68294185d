import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeriesOrder } from '../../src/infer/series-order.ts';

describe('SeriesOrder', () => {
  it('keeps the order of a series, and lets none wait for another', () => {
    const out: string[] = [];
    const order = new SeriesOrder<string>((event) => out.push(event));
    const [a1, a2, b1] = [order.admit('a'), order.admit('a'), order.admit('b')];
    a2('a2');
    assert.deepEqual(out, []);
    b1('b1');
    assert.deepEqual(out, ['b1']);
    a1('a1');
    assert.deepEqual(out, ['b1', 'a1', 'a2']);
    assert.equal(order.size, 0);
  });

  it('a barrier waits for all before it, and all after it wait for the barrier', () => {
    const out: string[] = [];
    const order = new SeriesOrder<string>((event) => out.push(event));
    const a1 = order.admit('a');
    order.barrier('first');
    order.barrier('second');
    const [b1, a2] = [order.admit('b'), order.admit('a')];
    b1('b1');
    assert.deepEqual(out, []);
    a1('a1');
    assert.deepEqual(out, ['a1', 'first', 'second', 'b1']);
    a2('a2');
    assert.deepEqual(out.at(-1), 'a2');
    order.barrier('third');
    assert.deepEqual(out.at(-1), 'third', 'nothing to wait for');
  });

  it('whatever is done first, everything comes out once, in the order of its series and between its barriers', () => {
    const step = fc.constantFrom('a', 'b', 'c', '|');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (steps, draws) => {
        const out: { series: string; k: number }[] = [];
        const order = new SeriesOrder<{ series: string; k: number }>((event) => out.push(event));
        const open: (() => void)[] = [];
        steps.forEach((series, k) => {
          if (series === '|') return order.barrier({ series, k });
          const done = order.admit(series);
          return void open.push(() => done({ series, k }));
        });
        while (open.length > 0) open.splice((draws.next().value as number) % open.length, 1)[0]?.();
        assert.equal(order.size, 0);
        assert.deepEqual(
          out.map(({ k }) => k).sort((x, y) => x - y),
          steps.map((_, k) => k),
        );
        out.forEach(({ series, k }, at) => {
          const later = out.slice(at + 1);
          assert.ok(later.every((one) => one.k > k || (one.series !== series && one.series !== '|' && series !== '|')));
        });
      }),
    );
  });
});
