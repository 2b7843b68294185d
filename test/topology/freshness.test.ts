import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import type { SourceRecord } from '../../src/core/record.ts';
import type { Window } from '../../src/core/window.ts';
import { Freshness } from '../../src/topology/freshness.ts';

const positionOf = (partition: number) => ({ topic: 't', partition, generation: 1, offset: 0 });
const recordOf = (partition: number, isKnown: boolean): SourceRecord => ({
  key: null,
  value: null,
  timestampMs: null,
  position: positionOf(partition),
  ...(isKnown ? { mayBeKnown: true } : {}),
});
const readingOf = (timeMs: number): Reading => ({
  series: 's',
  timeMs,
  channels: [],
  values: [],
  position: positionOf(0),
});
/** A set point of a time to come. */
const isPlan = ({ timeMs }: Reading) => timeMs === 99;
const windowOf = (endMs: number, partition = 0) => ({ endMs, hold: positionOf(partition) }) as Window;

describe('Freshness', () => {
  it('takes for fresh what ends after everything that was in the partition before', () => {
    const freshness = new Freshness(true);
    assert.ok(freshness.isFresh(windowOf(1)));
    freshness.seen(recordOf(0, true), [readingOf(50), readingOf(40), readingOf(99)], isPlan);
    freshness.seen(recordOf(0, true), [readingOf(45)], isPlan);
    freshness.seen(recordOf(0, false), [readingOf(90)], isPlan);
    assert.ok(!freshness.isFresh(windowOf(50)));
    assert.ok(freshness.isFresh(windowOf(51)));
    assert.ok(freshness.isFresh(windowOf(1, 1)), 'another partition');
  });

  it('asks again what was there when the partition starts again', () => {
    const freshness = new Freshness(true);
    freshness.seen(recordOf(0, true), [readingOf(50)], isPlan);
    freshness.forget(positionOf(0));
    assert.ok(freshness.isFresh(windowOf(1)));
  });
});
