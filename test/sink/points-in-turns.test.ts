import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers';
import { pointsInTurns } from '../../src/sink/points-in-turns.ts';
import { contextWith, scoresOf } from './fixtures.ts';

test('others get their turn in the midst of a batch, even of one outcome', async () => {
  let nowMs = 0;
  const context = contextWith();
  const clock = { ...context.clock, monotonicMs: () => nowMs };
  let inTurn = 0;
  let most = 0;
  let turns = 0;
  const others = () => {
    most = Math.max(most, inTurn);
    inTurn = 0;
    turns++;
    if (times.length < 60) setImmediate(others);
  };
  const times: number[] = [];
  setImmediate(others);
  await pointsInTurns([scoresOf('a', 40), scoresOf('b', 20)], { ...context, clock }, ({ timeMs }) => {
    nowMs += 2; // a turn holds three of them
    inTurn++;
    times.push(timeMs);
  });
  assert.deepEqual(
    times,
    [40, 20].flatMap((rows) => Array.from({ length: rows }, (_, row) => (row + 1) * 1000)),
  );
  assert.ok(most <= 3 && turns >= 19, `${most} points in a turn at most, ${turns} turns of others`);
});
