import type { Rng } from '../../core/rng.ts';
import { autoregressive, bursts, lag, MINUTE_MS } from './disturbance.ts';
import type { ServerEffect } from './server-faults.ts';

const CORES = 4;
const JOB_PERIOD_MINUTES = 60;
const FLUSH_PERIOD_MINUTES = 5;

/** The individual character of one server. */
interface Traits {
  readonly requestsAtOne: number;
  readonly cpuPerRequest: number;
  readonly baseMemory: number;
  readonly jobMinute: number;
  readonly jobMinutes: number;
}

/**
 * One web server, minute by minute. The result is [channel] in the order cpu_user, cpu_system, cpu_iowait, load1, mem_used,
 * disk_read, disk_write, net_rx, net_tx, tcp_established, requests, latency_p95.
 */
export function createServerModel(rng: Rng): (timeMs: number, demand: number, effect: ServerEffect) => number[] {
  const traits: Traits = {
    requestsAtOne: 90 * Math.exp(0.2 * rng.normal()),
    cpuPerRequest: 0.33 * Math.exp(0.1 * rng.normal()),
    baseMemory: 34 + 8 * rng.uniform(),
    jobMinute: rng.integer(JOB_PERIOD_MINUTES),
    jobMinutes: 3 + rng.integer(4),
  };
  const noisy = (relative: number) => Math.exp(relative * rng.normal() - 0.5 * relative * relative);
  const own = autoregressive(rng, 0.08, 20);
  const size = autoregressive(rng, 0.07, 25);
  const cost = autoregressive(rng, 0.06, 12);
  const burst = bursts(rng, 300, 1, 4);
  let load = 0.8;
  let sessions = traits.requestsAtOne;
  let connections = 2 * traits.requestsAtOne;
  return (timeMs, demand, effect) => {
    const minute = Math.floor(timeMs / MINUTE_MS);
    const sinceJob = (minute - traits.jobMinute + JOB_PERIOD_MINUTES) % JOB_PERIOD_MINUTES;
    const job = sinceJob < traits.jobMinutes ? noisy(0.1) : 0;
    const flush = minute % FLUSH_PERIOD_MINUTES === 0 ? 1 : 0;
    const requests = traits.requestsAtOne * demand * Math.exp(own()) * (1 + 0.7 * burst()) * effect.reachable;
    const bytes = Math.exp(size());
    const user = Math.min(72, 3 + traits.cpuPerRequest * requests * Math.exp(cost()) + 14 * job + effect.burntCpu);
    const system = Math.min(20, 1 + 0.28 * user - 0.2 * effect.burntCpu + 2 * job + 0.006 * effect.synFlood);
    const write = 350 + 9 * requests + 2600 * flush + 14_000 * job + effect.extraWrite;
    const read = 120 + 5 * requests + 9000 * job + 90 * Math.max(0, effect.leakedPercent - 12);
    const iowait = Math.min(97 - user - system, 0.25 + (write + read) / 5200 + effect.extraIowait);
    load = lag(load, (CORES * (user + system + 1.3 * iowait)) / 100, 1.2);
    sessions = lag(sessions, requests, 30);
    connections = lag(connections, 20 + 2.1 * requests * bytes ** 0.5 + 1.5 * effect.synFlood, 3);
    const idle = Math.max(0.07, 1 - (user + system + 0.8 * iowait) / 100);
    const swapping = 1 + 0.03 * Math.max(0, effect.leakedPercent - 12);
    const latency = (18 + 22 / idle) * swapping * (1 + effect.synFlood / 4000) * noisy(0.09);
    return [
      user * noisy(0.03),
      system * noisy(0.04),
      iowait * noisy(0.12),
      load * noisy(0.03),
      Math.min(99, traits.baseMemory + 0.09 * sessions + 3 * job + effect.leakedPercent + 0.15 * rng.normal()),
      read * noisy(0.12),
      write * noisy(0.1),
      (4 + 2.2 * requests + 0.12 * effect.synFlood) * noisy(0.05),
      (10 + 19 * requests * bytes) * noisy(0.04),
      connections * noisy(0.02),
      requests * noisy(0.015),
      latency,
    ];
  };
}
