import { createRng, seedOf } from '../../core/rng.ts';
import { autoregressive, bursts, DAY_MS, dailyCurve, isWeekend, MINUTE_MS } from './disturbance.ts';
import { createDropouts } from './dropouts.ts';
import { faultCursor, faultSchedule, faultsUntil } from './fault-schedule.ts';
import { type Fault, type Plant, type PlantChannel, type PlantOptions, type PlantRow, quantise } from './plant.ts';
import { SERVER_FAULTS, serverEffect } from './server-faults.ts';
import { createServerModel } from './server-model.ts';

const SERIES = Array.from({ length: 8 }, (_, i) => `web-${i + 1}`);
const EXTRA_GAP_MEAN_MS = 2 * DAY_MS;

const CHANNELS: readonly PlantChannel[] = [
  { name: 'cpu_user', unit: '%', kind: 'gauge', decimals: 1 },
  { name: 'cpu_system', unit: '%', kind: 'gauge', decimals: 1 },
  { name: 'cpu_iowait', unit: '%', kind: 'gauge', decimals: 2 },
  { name: 'load1', unit: '', kind: 'gauge', decimals: 2 },
  { name: 'mem_used', unit: '%', kind: 'gauge', decimals: 2 },
  { name: 'disk_read', unit: 'kB/s', kind: 'gauge', decimals: 0 },
  { name: 'disk_write', unit: 'kB/s', kind: 'gauge', decimals: 0 },
  { name: 'net_rx', unit: 'kB/s', kind: 'gauge', decimals: 0 },
  { name: 'net_tx', unit: 'kB/s', kind: 'gauge', decimals: 0 },
  { name: 'tcp_established', unit: '', kind: 'gauge', decimals: 0 },
  { name: 'requests', unit: '1/s', kind: 'gauge', decimals: 1 },
  { name: 'latency_p95', unit: 'ms', kind: 'gauge', decimals: 1 },
];

/** Eight web servers behind one balancer: shared daily load, bursts, hourly jobs, heavy tails; twelve channels. */
export const server: Plant = {
  name: 'server',
  summary: 'Web servers behind a balancer: eight series, twelve channels, shared daily load, bursts, hourly jobs.',
  channels: CHANNELS,
  stepMs: MINUTE_MS,
  series: SERIES,
  irregular: false,
  generate,
  faultsOf,
};

const schedule = (options: PlantOptions, series: string) =>
  faultSchedule(options, series, SERVER_FAULTS, EXTRA_GAP_MEAN_MS);

function faultsOf(options: PlantOptions): Fault[] {
  if (!options.faults) return [];
  const endMs = options.startMs + options.steps * MINUTE_MS;
  return SERIES.flatMap((series) => faultsUntil(schedule(options, series), endMs)).sort(
    (a, b) => a.startMs - b.startMs,
  );
}

function* generate(options: PlantOptions): Generator<PlantRow> {
  const { seed, startMs, steps } = options;
  const demand = createDemand(seed);
  const machines = SERIES.map((series) => ({
    series,
    step: createServerModel(createRng(seedOf(seed, series, 'process'))),
    hide: createDropouts(seedOf(seed, series, 'dropouts'), CHANNELS.length),
    faultAt: options.faults ? faultCursor(schedule(options, series)) : () => null,
  }));
  for (let k = 0; k < steps; k++) {
    const timeMs = startMs + k * MINUTE_MS;
    const shared = demand(timeMs);
    for (const machine of machines) {
      const at = machine.faultAt(timeMs);
      const exact = machine.step(timeMs, shared, serverEffect(at));
      const values = CHANNELS.map((channel, c) => quantise(exact[c], channel.decimals));
      const fault = at === null ? null : { kind: at.fault.kind, channels: at.fault.channels };
      yield {
        timeMs,
        series: machine.series,
        values,
        observed: options.dropouts ? machine.hide(values) : values,
        fault,
      };
    }
  }
}

/** Requests that all servers share, as a factor about 1: office hours, evenings, weekends, crowds. */
function createDemand(seed: number): (timeMs: number) => number {
  const rng = createRng(seedOf(seed, 'demand'));
  const slow = autoregressive(rng, 0.12, 180);
  const fast = autoregressive(rng, 0.07, 4);
  const crowd = bursts(rng, 240, 1.5, 7);
  return (timeMs) => {
    const day = dailyCurve(timeMs, [
      { hour: 10.5, widthHours: 2.2, height: 0.85 },
      { hour: 15, widthHours: 2, height: 0.6 },
      { hour: 20.5, widthHours: 1.8, height: 0.7 },
    ]);
    return (isWeekend(timeMs) ? 0.7 : 1) * (0.35 + day + 0.6 * crowd()) * Math.exp(slow() + fast());
  };
}
