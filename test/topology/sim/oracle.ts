import assert from 'node:assert/strict';
import type { Channel } from '../../../src/core/channel.ts';
import type { CommitMark } from '../../../src/core/record.ts';
import type { Rng } from '../../../src/core/rng.ts';
import { Letters, MemoryStore, Results } from './fake-parts.ts';
import { Broker } from './fake-source.ts';
import { watch } from './virtual-time.ts';
import { World } from './world.ts';

/** What outlives a process. */
export interface Outside {
  readonly broker: Broker;
  readonly results: Results;
  readonly letters: Letters;
  readonly store: MemoryStore;
}

export const outsideOf = (feed: string[][], channels: readonly Channel[]): Outside => ({
  broker: new Broker(feed),
  results: new Results(channels),
  letters: new Letters(),
  store: new MemoryStore(),
});

export async function undisturbed(
  feed: string[][],
  rng: Rng,
  latenessMs: number,
  channels: readonly Channel[],
): Promise<Outside> {
  const outside = outsideOf(feed, channels);
  const world = new World({ ...outside, rng, latenessMs, channels });
  const run = watch(world.pipeline.run());
  await world.time.until('the undisturbed run ends', () => run.state !== 'running');
  assert.equal(run.state, 'done', String(run.error));
  return outside;
}

/** Everything that reached the outside, comparable. */
const tellTale = ({ results, letters }: Outside) => ({
  points: [...results.points].sort(),
  alerts: [...results.alerts].sort(([a], [b]) => (a < b ? -1 : 1)),
  letters: [...letters.positions].sort(),
});

export function assertSame(got: Outside, want: Outside, seed: number): void {
  const [is, should] = [tellTale(got), tellTale(want)];
  for (const part of ['points', 'alerts', 'letters'] as const) {
    assert.deepEqual(is[part], should[part], `seed ${seed}: ${part} differ from the undisturbed run's`);
  }
}

/** Fails when a mark passes a window, or a rubbish message, that has not reached the outside. */
export function guard(feed: string[][], want: Outside, got: Outside, seed: number) {
  return (marks: readonly CommitMark[]) => {
    for (const { partition, nextOffset } of marks) {
      for (const [key, hold] of want.results.windows) {
        if (hold.partition !== partition || hold.offset >= nextOffset) continue;
        assert.ok(
          got.results.windows.has(key),
          `seed ${seed}: committed ${nextOffset}, but window ${key}, which needs ${hold.offset}, is not delivered`,
        );
      }
      for (let offset = 0; offset < nextOffset; offset++) {
        if (!feed[partition]?.[offset]?.startsWith('rubbish')) continue;
        assert.ok(
          got.letters.positions.has(`parse_error ${partition}/${offset}`),
          `seed ${seed}: committed ${nextOffset}, letter ${offset} not written`,
        );
      }
    }
  };
}
