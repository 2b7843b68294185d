import type { Channel } from '../../../src/core/channel.ts';
import type { Rng } from '../../../src/core/rng.ts';
import { channels as gauges, plannedChannels } from './fake-parts.ts';
import { makeFeed } from './feed.ts';
import { shakeFeed } from './shake-feed.ts';

/**
 * What has to be so in the end. `equal`: everything is as in the undisturbed run. `cells`: what was observed is, for scores go
 * on from a state that was lost. `invariants`: the run is beyond the guarantees, and only what holds at every step is asked for.
 */
export type Promised = 'equal' | 'cells' | 'invariants';

/** The circumstances of one run. */
export interface Scenario {
  readonly promised: Promised;
  readonly channels: readonly Channel[];
  /** What an undisturbed run reads. */
  readonly feed: readonly (readonly string[])[];
  /** The same messages as the broker has them. */
  readonly log: readonly (readonly string[])[];
  readonly latenessMs: number;
  readonly idleMs: number;
  readonly seriesMax: number;
  /** Fewer series are held than there are. */
  readonly crowded: boolean;
  readonly inFlightWindowsMax: number;
  readonly checkpointMs: number;
  readonly shutdownMs: number;
  readonly burst: number;
  readonly batchWindowsMax: number;
  readonly batchWaitMsMax: number;
  readonly keepsState: boolean;
  /** Besides the results, a second sink. */
  readonly mirrored: boolean;
  /** Through the worker pool of the product. */
  readonly pooled: boolean;
  readonly livesMax: number;
  /** Less is done for some windows, now and then. */
  readonly overloads: boolean;
  /** Work takes time: turns end in the middle of it. */
  readonly turnsEnd: boolean;
}

const oneOf = <T>(rng: Rng, choices: readonly [T, ...T[]]): T => choices[rng.integer(choices.length)] ?? choices[0];

const calmIdleMs = 1_000_000;
const seriesMax = 100;

export function drawScenario(rng: Rng): Scenario {
  const plans = rng.uniform() < 0.3;
  const latenessMs = oneOf(rng, [0, 1500, 3000]);
  const beyond = rng.uniform() < 0.3 ? oneOf(rng, ['late', 'idle', 'crowded', 'no state', 'no state', 'several']) : '';
  const is = (what: string) => beyond === what || (beyond === 'several' && rng.uniform() < 0.5);
  const late = !plans && is('late');
  const idles = is('idle');
  const crowded = is('crowded');
  const keepsState = !is('no state');
  const feed = makeFeed(rng, {
    partitions: 1 + rng.integer(3),
    seriesPerPartition: 1 + rng.integer(3),
    rows: 25 + rng.integer(30),
    latenessMs,
    plans,
  });
  const log = shakeFeed(feed, rng, {
    delayMsMax: late ? latenessMs + 8000 : latenessMs,
    twice: oneOf(rng, [0, 0.1, 0.4]),
    // how far ahead a plan is, goes by what was read before it
    inOrder: plans || oneOf(rng, [true, false, false]),
  });
  const unequal = late || idles || crowded;
  const drawn: Omit<Scenario, 'overloads' | 'turnsEnd'> = {
    promised: unequal ? 'invariants' : keepsState ? 'equal' : 'cells',
    channels: plans ? plannedChannels : gauges,
    feed,
    log,
    latenessMs,
    idleMs: idles ? 200 + rng.integer(1000) : calmIdleMs,
    seriesMax: crowded ? 2 : seriesMax,
    crowded,
    inFlightWindowsMax: 4 + rng.integer(40),
    checkpointMs: oneOf(rng, [50, 100, 400]),
    shutdownMs: oneOf(rng, [300, 5000]),
    burst: 1 + rng.integer(40),
    batchWindowsMax: 1 + rng.integer(12),
    batchWaitMsMax: oneOf(rng, [10, 20, 100]),
    keepsState,
    mirrored: rng.uniform() < 0.2,
    pooled: rng.uniform() < 0.6,
    livesMax: 1 + rng.integer(6),
  };
  const overloads = !late && rng.uniform() < 0.15;
  const turnsEnd = rng.uniform() < 0.5;
  return { ...drawn, overloads, turnsEnd, ...(overloads ? { promised: 'invariants' } : {}) };
}
