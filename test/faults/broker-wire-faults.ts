import { setTimeout as sleep } from 'node:timers/promises';
import { resets } from './database-faults.ts';
import type { Fault } from './fault.ts';
import type { Stage } from './stage.ts';
import type { TcpProxy } from './tcp-proxy.ts';

export const kafkaResets: Fault = {
  name: 'kafka-resets',
  summary: 'resets of all connections to the broker, 20 within 2 s',
  times: 5,
  throughProxy: true,
  attack: (stage, rng) => resets(wireOf(stage), rng),
};

/** Shorter and longer than the session timeout of 6 s. */
export const kafkaStalls: Fault = {
  name: 'kafka-stalls',
  summary: 'nothing passes between processor and broker for 1 to 10 s',
  times: 4,
  throughProxy: true,
  async attack(stage, rng) {
    const wire = wireOf(stage);
    await sleep(rng.integer(500));
    wire.stall();
    await sleep(1000 + rng.integer(9000));
    wire.resume();
    return performance.now();
  },
};

export const kafkaSlow: Fault = {
  name: 'kafka-slow',
  summary: 'every packet between processor and broker is 300 ms late, for 8 s',
  times: 2,
  throughProxy: true,
  async attack(stage) {
    const wire = wireOf(stage);
    wire.delay(300);
    await sleep(8000);
    wire.delay(0);
    return performance.now();
  },
};

/** What a firewall does to connections that it has forgotten; nobody is told. */
export const kafkaForgotten: Fault = {
  name: 'kafka-forgotten',
  summary: 'open connections to the broker stay silent for good, new ones pass',
  times: 2,
  throughProxy: true,
  async attack(stage, rng) {
    await sleep(rng.integer(500));
    wireOf(stage).abandon();
    return performance.now();
  },
};

function wireOf({ around: { kafkaWire } }: Stage): TcpProxy {
  if (kafkaWire === null) throw new Error('there is no proxy in front of this broker');
  return kafkaWire;
}
