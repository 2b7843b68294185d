import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askAgain } from '../../src/source/ask-again.ts';
import { fakeClock } from './fake-clock.ts';

/** Fails so many times. */
function failing(times: number): { readonly ask: () => Promise<void>; asked: number } {
  const counter = {
    asked: 0,
    ask: async () => {
      if (++counter.asked <= times) throw new Error(`no ${counter.asked}`);
    },
  };
  return counter;
}

test('asks until there is an answer, with longer and longer pauses of a second at most', async () => {
  const clock = fakeClock();
  const counter = failing(7);
  await askAgain(clock, counter.ask);
  assert.equal(counter.asked, 8);
  assert.deepEqual(clock.slept, [100, 200, 400, 800, 1000, 1000, 1000]);
});

test('gives up after a minute or so, and at once where nothing will change', async () => {
  const counter = failing(1000);
  await assert.rejects(askAgain(fakeClock(), counter.ask), /no 60/);
  await assert.rejects(
    askAgain(fakeClock(), failing(1000).ask, (error) => /no 3/.test(String(error))),
    /no 3/,
  );
});
