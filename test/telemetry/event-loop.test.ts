import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { watchEventLoop } from '../../src/telemetry/event-loop.ts';

test('the longest stall since the last time is observed, and only that', async () => {
  const observed: [string, number][] = [];
  let tick: (() => void) | null = null;
  let stopped = false;
  const clock: Clock = {
    ...systemClock,
    every: (periodMs, task) => {
      assert.equal(periodMs, 500);
      tick = task;
      return () => {
        stopped = true;
      };
    },
  };
  const telemetry = { ...silentTelemetry, observe: (name: string, value: number) => void observed.push([name, value]) };
  const stop = watchEventLoop(telemetry, clock, 500);
  const sleep = () => new Promise((resolve) => setTimeout(resolve, 50));
  await sleep();
  const end = performance.now() + 200;
  while (performance.now() < end);
  await sleep();
  (tick as (() => void) | null)?.();
  assert.equal(observed.length, 1);
  assert.equal(observed[0][0], 'event_loop_delay_ms');
  // The loop stood still for 200 ms; how much more it was is the machine's business.
  assert.ok(observed[0][1] >= 150, String(observed[0][1]));
  // Nothing has been sampled since: nothing to tell.
  (tick as (() => void) | null)?.();
  assert.equal(observed.length, 1);
  stop();
  assert.equal(stopped, true);
});
