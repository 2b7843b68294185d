import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

/** Members come and go, some without a word; one at least stays. */
const storm = (members: number): Pick<Fault, 'times' | 'attack'> => ({
  times: 8,
  async attack(stage, rng) {
    await sleep(rng.integer(500));
    const { names } = stage;
    if (names.length === 1 || (names.length < members && rng.integer(2) === 0)) {
      const all = Array.from({ length: members }, (_, i) => (i === 0 ? 'processor' : `processor-${i + 1}`));
      const absent = all.filter((name) => !names.includes(name));
      stage.start(absent[rng.integer(absent.length)]);
    } else {
      await stage.end(rng.integer(2) === 0 ? 'SIGKILL' : 'SIGTERM', names[rng.integer(names.length)]);
    }
    return performance.now();
  },
});

const summary = (members: number, where: string): string =>
  `up to ${members} processors join and leave one group, half of them by kill -9; state in ${where}`;

export const rebalanceStorms: readonly Fault[] = [
  { name: 'rebalance-storm-2', summary: summary(2, 'a topic'), stateInTopic: true, ...storm(2) },
  { name: 'rebalance-storm-3', summary: summary(3, 'a topic'), stateInTopic: true, ...storm(3) },
  {
    name: 'rebalance-files',
    summary: summary(2, 'files'),
    limit: 'a partition that goes to another processor leaves its calibration in the file of the one before',
    ...storm(2),
  },
];
