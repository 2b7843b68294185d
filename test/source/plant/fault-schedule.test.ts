import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  FAULT_FREE_MS,
  FAULT_GAP_MS_MIN,
  type FaultKind,
  faultCursor,
  faultSchedule,
  faultsUntil,
  type PlannedFault,
} from '../../../src/source/plant/fault-schedule.ts';

const HOUR_MS = 3_600_000;
const kinds: FaultKind[] = ['a', 'b', 'c'].map((kind) => ({
  kind,
  channels: () => [`of ${kind}`],
  detectWithinShare: 0.5,
}));
const schedule = (seed: number, startMs = 0) => faultSchedule({ seed, startMs }, 's', kinds, 6 * HOUR_MS);
const first = (seed: number, count: number): PlannedFault[] => {
  const faults = schedule(seed);
  return Array.from({ length: count }, () => faults.next().value);
};

test('a day of peace, 2 to 6 hours each, 12 hours between, each kind once before any twice', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const faults = first(seed, 9);
      assert.ok(faults[0].startMs >= FAULT_FREE_MS);
      faults.forEach((fault, k) => {
        const hours = (fault.endMs - fault.startMs) / HOUR_MS;
        assert.ok(hours >= 2 && hours <= 6);
        assert.equal(fault.startMs % 60_000, 0);
        assert.deepEqual(fault.channels, [`of ${fault.kind}`]);
        assert.ok(Math.abs(fault.detectWithinMs - 0.5 * hours * HOUR_MS) <= 60_000);
        assert.ok(fault.severity > 0 && fault.severity < 1);
        if (k > 0) assert.ok(fault.startMs - faults[k - 1].endMs >= FAULT_GAP_MS_MIN);
      });
      for (const deck of [0, 3, 6]) {
        assert.deepEqual(
          faults
            .slice(deck, deck + 3)
            .map(({ kind }) => kind)
            .sort(),
          ['a', 'b', 'c'],
        );
      }
    }),
  );
});

test('the cursor names the fault of a time and how far it has come, skipping any number of them', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.integer({ min: 0, max: 20 * HOUR_MS }), { maxLength: 40 }), (seed, steps) => {
      const faults = first(seed, 80);
      const at = faultCursor(schedule(seed));
      let timeMs = 0;
      for (const step of steps) {
        timeMs += step;
        const expected = faults.find(({ startMs, endMs }) => timeMs >= startMs && timeMs < endMs);
        const got = at(timeMs);
        assert.deepEqual(got?.fault, expected);
        if (got !== null) assert.ok(got.progress >= 0 && got.progress < 1);
      }
    }),
  );
});

test('the list ends with the run: later faults are left out, a running one is cut', () => {
  const [one, two] = first(9, 2);
  assert.deepEqual(faultsUntil(schedule(9), one.startMs), []);
  const cut = faultsUntil(schedule(9), one.startMs + 60_000);
  assert.equal(cut.length, 1);
  assert.equal(cut[0].endMs, one.startMs + 60_000);
  assert.equal(faultsUntil(schedule(9), two.endMs).length, 2);
  assert.ok(!('severity' in cut[0]), 'the draws of the simulation are no labels');
  assert.throws(() => faultsUntil(schedule(9), Number.POSITIVE_INFINITY), RangeError);
});

test('the schedule moves with the start', () => {
  const shifted = schedule(5, 7 * HOUR_MS).next().value;
  const plain = schedule(5).next().value;
  assert.equal(shifted.startMs - plain.startMs, 7 * HOUR_MS);
});
