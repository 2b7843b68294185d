import { setTimeout as sleep } from 'node:timers/promises';
import type { Rng } from '../../src/core/rng.ts';
import type { Fault } from './fault.ts';
import type { Behaviour } from './http-proxy.ts';
import type { Stage } from './stage.ts';

/** What an unanswered request costs: the deadline is short here, so that a fault sees several of them. */
const timeoutMs = 1500;
const settings = [`sinks.0.timeout_ms=${timeoutMs}`];

export const databaseBusy: Fault = {
  name: 'database-503',
  summary: 'InfluxDB answers 503 for 2 to 6 s',
  times: 3,
  attack: (stage, rng) => misbehave(stage, 2000 + rng.integer(4000), () => answer(503, 'timeout')),
};

/** The words of InfluxDB 1.x when the folder of its write-ahead log is full. */
export const databaseFull: Fault = {
  name: 'database-full',
  summary: 'InfluxDB answers 500, no space left on device, for 2 to 6 s',
  times: 3,
  attack: (stage, rng) =>
    misbehave(stage, 2000 + rng.integer(4000), () =>
      answer(500, 'engine: error writing WAL entry: write /var/lib/influxdb/wal/_00001.wal: no space left on device'),
    ),
};

export const databaseSlow: Fault = {
  name: 'database-slow',
  summary: `InfluxDB takes up to ${2 * timeoutMs} ms for a request, the deadline is ${timeoutMs} ms, for 6 s`,
  times: 2,
  settings,
  attack: (stage, rng) => misbehave(stage, 6000, () => ({ kind: 'delay', ms: rng.integer(2 * timeoutMs) })),
};

export const databaseDrops: Fault = {
  name: 'database-drops',
  summary: 'InfluxDB’s connections end behind the head of the answer, half of the requests were served, for 5 s',
  times: 3,
  settings,
  attack: (stage, rng) => misbehave(stage, 5000, () => ({ kind: 'drop', reached: rng.integer(2) === 0 })),
};

export const databaseResets: Fault = {
  name: 'database-resets',
  summary: 'resets of all connections to InfluxDB, 20 within 2 s',
  times: 5,
  settings,
  attack: (stage, rng) => resets(stage.around.databaseWire, rng),
};

export const databaseStalls: Fault = {
  name: 'database-stalls',
  summary: 'nothing passes between processor and InfluxDB for up to 8 s',
  times: 3,
  settings,
  async attack(stage, rng) {
    const { databaseWire } = stage.around;
    await sleep(rng.integer(500));
    databaseWire.stall();
    await sleep(1000 + rng.integer(7000));
    databaseWire.resume();
    return performance.now();
  },
};

const answer = (status: number, error: string): Behaviour => ({ kind: 'answer', status, error });

/** Fails when no request came to be treated so: then nothing was tried. */
async function misbehave(stage: Stage, forMs: number, behaviour: () => Behaviour): Promise<number> {
  const { database } = stage.around;
  const before = database.met;
  database.behave(behaviour);
  await sleep(forMs);
  database.pass();
  if (database.met === before) throw new Error(`no request came to the database in ${forMs} ms`);
  return performance.now();
}

/** Twenty resets at random moments of two seconds. */
export async function resets(wire: { reset(): void }, rng: Rng): Promise<number> {
  for (let i = 0; i < 20; i++) {
    await sleep(rng.integer(200));
    wire.reset();
  }
  return performance.now();
}
