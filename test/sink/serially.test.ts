import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSerial } from '../../src/sink/serially.ts';

test('runs tasks one after the other in the order of the calls, and goes on after a failure', async () => {
  const serially = createSerial();
  const log: string[] = [];
  const task = (name: string, fails = false) =>
    serially(async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([task('a'), task('b', true), task('c')]);
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});
