import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { inTimeOrder } from '../../../src/cli/backtest/in-time-order.ts';
import { registry } from '../../../src/components.ts';
import { defineSource, type Source } from '../../../src/core/component.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import type { SourceEvent } from '../../../src/core/record.ts';
import { createFeedSource } from '../../../src/source/feed-source.ts';
import { fakeClock } from '../../source/fake-clock.ts';
import { fakeContext } from '../../source/fake-context.ts';

type Times = readonly (number | null)[];

/** The replay source of a registry whose file has rows of these times; a row's text is its place. */
function replayOf(times: Times, failing = false): Source {
  const spec = defineSource({
    kind: 'source',
    type: 'replay',
    summary: '',
    options: z.strictObject({}),
    examples: [],
    build: () =>
      createFeedSource({
        topic: 'file',
        clock: fakeClock(0),
        speed: 0,
        *open() {
          for (const [place, timestampMs] of times.entries())
            yield { key: null, value: Buffer.from(String(place)), timestampMs };
          if (failing) throw new DriftcastError('DATA_UNREADABLE', 'the file ends in its midst');
        },
        progress: () => null,
      }),
  });
  const sources = inTimeOrder({ ...registry, sources: new Map([['replay', spec]]) }).sources;
  return sources.get('replay')?.build({}, fakeContext()) as Source;
}

async function run(source: Source): Promise<readonly SourceEvent[]> {
  const events: SourceEvent[] = [];
  await source.run((event) => events.push(event), { free: true, whenFree: () => Promise.resolve() });
  return events;
}

const placesOf = (events: readonly SourceEvent[]) =>
  events.flatMap((event) => (event.kind === 'record' ? [Number(event.record.value)] : []));

describe('inTimeOrder', () => {
  test('rows come by their times, equal ones as in the file, one without a time behind the one before it', async () => {
    const source = replayOf([null, 30, 10, null, 20, 10]);
    const events = await run(source);
    assert.deepEqual(placesOf(events), [0, 2, 3, 5, 4, 1]);
    assert.deepEqual([events[0]?.kind, events.at(-1)?.kind], ['reset', 'closed']);
    assert.deepEqual(
      events.flatMap((event) => (event.kind === 'record' ? [event.record.position.offset] : [])),
      [0, 1, 2, 3, 4, 5],
    );
    assert.equal(source.progress(), 1);
    await source.close();
  });

  test('no row is lost and none goes back in time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: null }), { maxLength: 40 }),
        async (times) => {
          const places = placesOf(await run(replayOf(times)));
          assert.deepEqual(
            [...places].sort((a, b) => a - b),
            [...times.keys()],
          );
          const known = places.flatMap((place) => times[place] ?? []);
          assert.deepEqual(
            known,
            [...known].sort((a, b) => a - b),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test('what is wrong with the file is told, and nothing is replayed', async () => {
    await assert.rejects(run(replayOf([2, 1], true)), /ends in its midst/);
  });

  test('other sources stay as they are', () => {
    assert.equal(inTimeOrder(registry).sources.get('simulate'), registry.sources.get('simulate'));
    assert.equal(inTimeOrder(registry).decoders, registry.decoders);
  });
});
