import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import type { OwnServers } from './servers.ts';
import type { Stage } from './stage.ts';

export const brokerStopped: Fault = {
  name: 'broker-stopped',
  summary: 'SIGTERM of the broker, and back',
  times: 3,
  needsOwnServers: true,
  attack: (stage, rng) => brokerGone(stage, 'SIGTERM', rng.integer(500), rng.integer(2000)),
};

export const brokerKilled: Fault = {
  name: 'broker-killed',
  summary: 'kill -9 of the broker, and back',
  times: 3,
  needsOwnServers: true,
  attack: (stage, rng) => brokerGone(stage, 'SIGKILL', rng.integer(500), rng.integer(2000)),
};

export const brokerAway: Fault = {
  name: 'broker-away',
  summary: 'no broker for 30 s',
  times: 1,
  needsOwnServers: true,
  attack: (stage, rng) => brokerGone(stage, 'SIGKILL', rng.integer(500), 30_000),
};

async function brokerGone(stage: Stage, how: 'SIGTERM' | 'SIGKILL', afterMs: number, awayMs: number): Promise<number> {
  const servers = own(stage);
  await sleep(afterMs);
  await servers.down('kafka', how);
  await sleep(awayMs);
  await servers.up('kafka');
  return performance.now();
}

/** @param awayMs for how long nobody answers at the database's address */
export const databaseAway = (awayMs: number): Fault => ({
  name: 'database-away',
  summary: `kill -9 of InfluxDB, back after ${awayMs / 1000} s`,
  times: 1,
  needsOwnServers: true,
  async attack(stage, rng) {
    const servers = own(stage);
    const { databaseWire } = stage.around;
    await sleep(rng.integer(500));
    await Promise.all([databaseWire.close(), servers.down('influxdb', 'SIGKILL')]);
    await sleep(awayMs);
    await servers.up('influxdb');
    await databaseWire.open();
    return performance.now();
  },
});

function own({ around: { servers } }: Stage): OwnServers {
  if (servers === null) throw new Error('these servers belong to others: they are not stopped');
  return servers;
}
