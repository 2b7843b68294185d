import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type OwnedPartition, OwnedPartitions } from '../../src/source/kafka-partitions.ts';

const mark = (partition: number, generation: number, nextOffset: number) => ({
  topic: 't',
  partition,
  generation,
  nextOffset,
});
const brief = (events: readonly { kind: string; partition?: number; generation?: number }[]) =>
  events.map(({ kind, partition, generation }) => `${kind} ${partition}#${generation}`);

function joined(...partitions: number[]): { owned: OwnedPartitions; slot: (partition: number) => OwnedPartition } {
  const owned = new OwnedPartitions();
  owned.join({ t: partitions });
  return { owned, slot: (partition) => owned.get({ topic: 't', partition }) as OwnedPartition };
}

describe('membership', () => {
  test('a join closes what is gone in its old generation and resets all that is there in a new one', () => {
    const owned = new OwnedPartitions();
    assert.deepEqual(brief(owned.join({ t: [0, 1] })), ['reset 0#1', 'reset 1#1']);
    assert.deepEqual(brief(owned.join({ t: [1, 2] })), ['closed 0#1', 'reset 1#2', 'reset 2#2']);
    assert.deepEqual(brief(owned.join({})), ['closed 1#2', 'closed 2#2']);
    assert.deepEqual(owned.all(), []);
  });

  test('a loss closes everything and starts a generation of its own', () => {
    const { owned } = joined(0, 1);
    const events = owned.lose();
    assert.deepEqual(brief(events), ['closed 0#1', 'closed 1#1']);
    assert.ok(events.every((event) => event.kind === 'closed' && !event.ended));
    assert.deepEqual(brief(owned.join({ t: [0] })), ['reset 0#3']);
  });

  test('a partition that goes back to its commit gets a generation of its own', () => {
    const { owned, slot } = joined(0, 1);
    const before = slot(0);
    const renewed = owned.renew(before);
    assert.deepEqual(brief(renewed === null ? [] : [renewed.gone]), ['closed 0#1']);
    assert.equal(slot(0), renewed?.fresh);
    assert.deepEqual([slot(0).generation, slot(0).next, slot(1).generation], [2, null, 1]);
    assert.equal(owned.renew(before), null, 'it is not owned like that any more');
    assert.deepEqual(owned.current([mark(0, 1, 5), mark(1, 1, 5)]), [mark(1, 1, 5)]);
  });

  test('topics with separators in their names do not get mixed up', () => {
    const owned = new OwnedPartitions();
    owned.join({ 'a/1': [1], a: [11] });
    assert.equal(owned.all().length, 2);
    assert.equal(owned.get({ topic: 'a/1', partition: 1 })?.topic, 'a/1');
  });
});

describe('marks', () => {
  test('only those of owned partitions and their generation, the newest of each, ahead of the commit', () => {
    const { owned } = joined(0, 1);
    assert.deepEqual(owned.current([mark(0, 1, 5), mark(0, 1, 9), mark(0, 1, 7), mark(1, 0, 3), mark(2, 1, 3)]), [
      mark(0, 1, 9),
    ]);
    owned.committed([mark(0, 1, 9)]);
    assert.deepEqual(owned.current([mark(0, 1, 9), mark(1, 1, 0)]), [mark(1, 1, 0)]);
    owned.join({ t: [0, 1] });
    assert.deepEqual(owned.current([mark(0, 1, 20)]), []);
    assert.deepEqual(owned.current([mark(0, 2, 3)]), [mark(0, 2, 3)], 'a new generation starts over');
  });

  test('a commit that arrives after the generation ended changes nothing', () => {
    const { owned, slot } = joined(0);
    owned.join({ t: [0] });
    owned.committed([mark(0, 1, 50)]);
    assert.equal(slot(0).committed, -1);
  });

  test('states are taken where the offset has not moved, and not where it would go back', () => {
    const { owned } = joined(0);
    owned.committed([mark(0, 1, 9)]);
    const state = { window: null, score: null, alert: null };
    const withState = (nextOffset: number) => ({ ...mark(0, 1, nextOffset), states: new Map([['a', state]]) });
    assert.deepEqual(owned.current([withState(9)]), [withState(9)]);
    assert.deepEqual(owned.current([withState(8)]), []);
    assert.deepEqual(owned.current([{ ...mark(0, 1, 9), states: new Map() }]), []);
  });

  test('whatever marks come in whatever order, what is committed never goes back', () => {
    const marks = fc.array(fc.record({ partition: fc.nat(2), generation: fc.nat(2), nextOffset: fc.nat(50) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 20 }), (rounds) => {
        const { owned, slot } = joined(0, 1);
        const last = [-1, -1];
        for (const round of rounds) {
          const current = owned.current(round.map((at) => ({ topic: 't', ...at })));
          for (const { partition, nextOffset, generation } of current) {
            assert.equal(generation, 1);
            assert.ok(nextOffset > (last[partition] as number));
            last[partition] = nextOffset;
          }
          owned.committed(current);
          assert.deepEqual([slot(0).committed, slot(1).committed], last);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('ends', () => {
  test('a partition ends once, when it is there', () => {
    const { owned, slot } = joined(0);
    const at = slot(0);
    at.end = 10;
    assert.equal(owned.endIfReached(at), null, 'the start is not known');
    at.next = 9;
    assert.equal(owned.endIfReached(at), null);
    at.next = 10;
    assert.deepEqual(owned.endIfReached(at), { kind: 'closed', topic: 't', partition: 0, generation: 1, ended: true });
    assert.equal(owned.endIfReached(at), null);
  });

  test('progress is the emitted share, null without an end', () => {
    const { owned, slot } = joined(0, 1);
    assert.equal(owned.progress(), null);
    Object.assign(slot(0), { start: 10, next: 15, end: 20 });
    assert.equal(owned.progress(), null);
    Object.assign(slot(1), { start: 0, next: null, end: 10 });
    assert.equal(owned.progress(), 0.25);
    Object.assign(slot(1), { next: 30, ended: true });
    assert.equal(owned.progress(), 0.75);
  });
});
