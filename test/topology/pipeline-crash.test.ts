import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { CommitMark } from '../../src/core/record.ts';
import { createRng } from '../../src/core/rng.ts';
import { channels as gauges, plannedChannels } from './sim/fake-parts.ts';
import { makeFeed } from './sim/feed.ts';
import { assertSame, guard, type Outside, outsideOf, undisturbed } from './sim/oracle.ts';
import { stopTime, watch } from './sim/virtual-time.ts';
import { World } from './sim/world.ts';

/** Raise it for a long night. */
const SEEDS = Number(process.env.DRIFTCAST_TEST_SEEDS ?? 40);

/** Crashes and rebalances a run of a random feed; what reaches the outside has to be what an undisturbed run brings. */
async function disturb(seed: number, plans: boolean): Promise<Outside> {
  const rng = createRng(seed);
  const channels = plans ? plannedChannels : gauges;
  const latenessMs = [0, 1500, 3000][rng.integer(3)] ?? 0;
  const feed = makeFeed(rng, { latenessMs, plans });
  const want = await undisturbed(feed, createRng(seed + 1000), latenessMs, channels);
  assert.ok(want.results.points.size > 100 && want.results.alerts.size > 0 && want.letters.written.length > 0);

  const got = outsideOf(feed, channels);
  const errors: unknown[] = [];
  const check = guard(feed, want, got, seed);
  const onCommit = (marks: readonly CommitMark[]) => {
    try {
      check(marks);
    } catch (error) {
      errors.push(error);
    }
  };
  const crashes = 1 + rng.integer(6);
  for (let life = 0; life <= crashes; life++) {
    const world = new World({ ...got, rng, latenessMs, channels, onCommit });
    const run = watch(world.pipeline.run());
    const last = life === crashes;
    const unrest = [0, 0.02, 0.1][rng.integer(3)] ?? 0;
    for (
      let lived = 0, lifeMs = 50 + rng.integer(900);
      run.state === 'running' && (last || lived < lifeMs);
      lived += 10
    ) {
      if (rng.uniform() < unrest && lived < 3000) world.source.rebalance(rng.integer(feed.length), rng.uniform() < 0.3);
      assert.ok(lived < 120_000, `seed ${seed}: the run does not end`);
      await world.time.pass(10);
    }
    if (run.state === 'failed') throw run.error;
    world.crash();
  }
  assert.deepEqual(errors, []);
  assertSame(got, want, seed);
  return want;
}

describe('Pipeline, disturbed', () => {
  afterEach(stopTime);

  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`crashes and rebalances leave no trace (seed ${seed})`, async () => {
      await disturb(seed, false);
    });
  }

  for (let seed = 1; seed <= Math.ceil(SEEDS / 2); seed++) {
    it(`crashes and rebalances leave no trace where plans are published ahead (seed ${seed})`, async () => {
      const { results, letters } = await disturb(seed, true);
      const isForecast = ([key]: [string, string]) => key.includes('forecast') && key.includes('target');
      assert.ok([...results.points].some(isForecast), 'the plan is in no forecast');
      assert.ok(letters.written.some(({ reason }) => reason === 'plan_too_far_ahead'));
    });
  }
});
