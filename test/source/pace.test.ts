import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLivePace, createPace, untilDue } from '../../src/source/pace.ts';
import { fakeClock } from './fake-clock.ts';

test('speed 0: everything is due at once', () => {
  const pace = createPace(fakeClock(), 0);
  assert.deepEqual([5000, 1e12, 0].map(pace), [0, 0, 0]);
});

test('event time passes at the asked multiple of real time, counted from the first event', () => {
  const clock = fakeClock();
  const pace = createPace(clock, 60);
  assert.equal(pace(1_000_000), 0);
  assert.equal(pace(1_060_000), 1000);
  clock.advance(400);
  assert.equal(pace(1_060_000), 600);
  assert.ok(pace(940_000) < 0, 'earlier than the first: due');
});

test('a slow consumer does not make the schedule drift', async () => {
  const clock = fakeClock();
  const pace = createPace(clock, 2);
  const signal = new AbortController().signal;
  for (let k = 0; k <= 100; k++) {
    await untilDue(pace, k * 1000, clock, signal);
    clock.advance(130);
  }
  assert.equal(clock.monotonicMs(), 100 * 500 + 130);
});

test('the live pace never sends a row before its own time stamp, and catches up with the present', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 5000 }),
      fc.double({ min: 1, max: 1000, noNaN: true }),
      async (behindS, speed) => {
        const clock = fakeClock();
        const startMs = clock.nowMs() - behindS * 1000;
        const pace = createLivePace(clock, speed);
        const signal = new AbortController().signal;
        for (let k = 0; k < 300; k++) {
          await untilDue(pace, startMs + k * 60_000, clock, signal);
          assert.ok(clock.nowMs() >= startMs + k * 60_000 - 1);
        }
        assert.ok(clock.nowMs() - (startMs + 299 * 60_000) < 1000 || behindS * 1000 > 299 * 60_000 * (1 - 1 / speed));
      },
    ),
    { numRuns: 20 },
  );
});

test('waiting ends with the signal, and long waits are cut into pieces a timer can hold', async () => {
  const clock = fakeClock();
  const pace = createPace(clock, 1);
  pace(0);
  await untilDue(pace, 30 * 86_400_000, clock, new AbortController().signal);
  assert.equal(clock.monotonicMs(), 30 * 86_400_000);
  assert.ok(Math.max(...clock.slept) <= 3_600_000);
  const aborted = new AbortController();
  aborted.abort();
  await untilDue(pace, 90 * 86_400_000, clock, aborted.signal);
  assert.equal(clock.monotonicMs(), 30 * 86_400_000);
});
