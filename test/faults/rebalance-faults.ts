import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

/** Members come and go, some without a word; one at least stays. */
const storm = (members: number): Fault => ({
  name: `rebalance-storm-${members}`,
  summary: `up to ${members} processors join and leave one group, half of them by kill -9`,
  times: 8,
  async attack(stage, rng) {
    await sleep(rng.integer(500));
    const { names } = stage;
    const join = names.length === 1 || (names.length < members && rng.integer(2) === 0);
    if (join) {
      const absent = Array.from({ length: members }, (_, i) => (i === 0 ? 'processor' : `processor-${i + 1}`)).filter(
        (name) => !names.includes(name),
      );
      stage.start(absent[rng.integer(absent.length)]);
    } else {
      await stage.end(rng.integer(2) === 0 ? 'SIGKILL' : 'SIGTERM', names[rng.integer(names.length)]);
    }
    return performance.now();
  },
});

export const rebalanceStorms: readonly Fault[] = [storm(2), storm(3)];
