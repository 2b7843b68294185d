import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OffsetLedger } from '../../src/topology/offset-ledger.ts';

const at = (offset: number, generation = 1, partition = 0) => ({ topic: 't', partition, generation, offset });
const nothingOpen = () => null;
const nextOf = (ledger: OffsetLedger, oldest: number | null = null) =>
  ledger.marks(() => oldest)[0]?.nextOffset ?? null;

function opened(generation = 1): OffsetLedger {
  const ledger = new OffsetLedger();
  ledger.open(at(0, generation));
  return ledger;
}

describe('OffsetLedger', () => {
  it('marks nothing before a message was taken, then one past the newest', () => {
    const ledger = opened();
    assert.deepEqual(ledger.marks(nothingOpen), []);
    ledger.seen(at(7));
    assert.deepEqual(ledger.marks(nothingOpen), [{ topic: 't', partition: 0, generation: 1, nextOffset: 8 }]);
  });

  it('a hold keeps its offset until it is released; releasing twice does no harm', () => {
    const ledger = opened();
    ledger.seen(at(9));
    const [first, second] = [ledger.hold(at(3)), ledger.hold(at(5))];
    assert.equal(nextOf(ledger), 3);
    first();
    first();
    assert.equal(nextOf(ledger), 5);
    second();
    assert.equal(nextOf(ledger), 10);
  });

  it('two holds of one offset are two', () => {
    const ledger = opened();
    ledger.seen(at(9));
    const releases = [ledger.hold(at(3)), ledger.hold(at(3))];
    releases[0]?.();
    assert.equal(nextOf(ledger), 3);
  });

  it('what windows to come need is kept too', () => {
    const ledger = opened();
    ledger.seen(at(9));
    assert.equal(nextOf(ledger, 4), 4);
    assert.equal(nextOf(ledger, 40), 10, 'never more than what was read');
  });

  it('says a mark once', () => {
    const ledger = opened();
    ledger.seen(at(3));
    ledger.committed(ledger.marks(nothingOpen));
    assert.deepEqual(ledger.marks(nothingOpen), []);
    ledger.seen(at(4));
    assert.equal(nextOf(ledger), 5);
  });

  it('a new generation starts afresh; holds, sights and commits of the old one are void', () => {
    const ledger = opened(1);
    ledger.seen(at(50, 1));
    const release = ledger.hold(at(10, 1));
    const old = ledger.marks(nothingOpen);
    ledger.open(at(0, 2));
    ledger.committed(old);
    ledger.seen(at(60, 1));
    ledger.hold(at(1, 1));
    release();
    assert.deepEqual(ledger.marks(nothingOpen), []);
    ledger.seen(at(5, 2));
    assert.deepEqual(ledger.marks(nothingOpen), [{ topic: 't', partition: 0, generation: 2, nextOffset: 6 }]);
    assert.deepEqual(
      [ledger.isCurrent(at(0, 1)), ledger.isCurrent(at(0, 2)), ledger.isCurrent(at(0, 2, 1))],
      [false, true, false],
    );
  });

  it('a lost partition marks nothing more, unless it has come back meanwhile', () => {
    const ledger = opened(1);
    ledger.seen(at(5, 1));
    ledger.open(at(0, 3));
    ledger.seen(at(6, 3));
    ledger.drop(at(0, 1));
    assert.equal(nextOf(ledger), 7);
    ledger.drop(at(0, 3));
    assert.deepEqual(ledger.marks(nothingOpen), []);
  });

  it('partitions do not mind each other', () => {
    const ledger = opened();
    ledger.open(at(0, 1, 1));
    ledger.seen(at(5));
    ledger.seen(at(8, 1, 1));
    ledger.hold(at(2));
    const marks = ledger.marks((_, partition) => (partition === 1 ? 7 : null));
    assert.deepEqual(
      marks.map(({ partition, nextOffset }) => [partition, nextOffset]),
      [
        [0, 2],
        [1, 7],
      ],
    );
  });
});

type Step =
  | { readonly kind: 'seen' }
  | { readonly kind: 'hold'; readonly back: number }
  | { readonly kind: 'release'; readonly which: number }
  | { readonly kind: 'needed'; readonly back: number | null }
  | { readonly kind: 'open' }
  | { readonly kind: 'commit'; readonly stale: boolean };

const stepArb: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'seen' as const }) },
  { weight: 3, arbitrary: fc.nat(6).map((back) => ({ kind: 'hold' as const, back })) },
  { weight: 3, arbitrary: fc.nat(20).map((which) => ({ kind: 'release' as const, which })) },
  { weight: 1, arbitrary: fc.option(fc.nat(8)).map((back) => ({ kind: 'needed' as const, back })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'open' as const }) },
  { weight: 2, arbitrary: fc.boolean().map((stale) => ({ kind: 'commit' as const, stale })) },
);

describe('OffsetLedger, properties', () => {
  it('marks never pass a hold, what is needed, or what was read, and rise within a generation', () => {
    fc.assert(
      fc.property(fc.array(stepArb, { maxLength: 80 }), (steps) => {
        const ledger = opened(1);
        let [generation, next, needed, committed] = [1, 0, null as number | null, -1];
        let stale = ledger.marks(nothingOpen);
        const held: { offset: number; generation: number; release: () => void }[] = [];
        for (const step of steps) {
          if (step.kind === 'seen') ledger.seen(at(next++, generation));
          if (step.kind === 'hold') {
            const offset = Math.max(0, next - 1 - step.back);
            held.push({ offset, generation, release: ledger.hold(at(offset, generation)) });
          }
          if (step.kind === 'release') held.splice(step.which % Math.max(1, held.length), 1)[0]?.release();
          if (step.kind === 'needed') needed = step.back === null ? null : Math.max(0, next - step.back);
          if (step.kind === 'open') {
            stale = ledger.marks(() => needed);
            ledger.open(at(0, ++generation));
            [next, needed, committed] = [0, null, -1];
          }
          const marks = ledger.marks(() => needed);
          assert.ok(marks.length <= 1);
          for (const mark of marks) {
            assert.equal(mark.generation, generation);
            assert.ok(mark.nextOffset <= next && mark.nextOffset > committed);
            assert.ok(needed === null || mark.nextOffset <= needed);
            for (const hold of held) assert.ok(hold.generation !== generation || mark.nextOffset <= hold.offset);
          }
          if (step.kind === 'commit') {
            ledger.committed(step.stale ? stale : marks);
            if (!step.stale) committed = marks[0]?.nextOffset ?? committed;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('when everything is released, all that was read is marked', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1 }), (offsets) => {
        const ledger = opened();
        for (const offset of offsets) ledger.seen(at(offset));
        const releases = offsets.map((offset) => ledger.hold(at(offset)));
        assert.equal(nextOf(ledger), Math.min(...offsets));
        for (const release of releases) release();
        assert.equal(nextOf(ledger), Math.max(...offsets) + 1);
      }),
    );
  });
});
