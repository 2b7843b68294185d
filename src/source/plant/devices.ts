import { createRng, type Rng, seedOf } from '../../core/rng.ts';
import { createRoom } from './device-room.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './disturbance.ts';
import { type FaultAt, type FaultKind, faultCursor, faultSchedule, faultsUntil } from './fault-schedule.ts';
import { type Fault, type Plant, type PlantChannel, type PlantOptions, type PlantRow, quantise } from './plant.ts';

const SERIES = Array.from({ length: 20 }, (_, i) => `dev-${String(i + 1).padStart(2, '0')}`);
const EXTRA_GAP_MEAN_MS = 3 * DAY_MS;
/** A report is delivered at most this long after it was made. */
export const DELIVERY_MS_MAX = 60_000;
const LOST_REPORT_RATE = 0.02;
const SILENCE_GAP_MEAN_MS = 36 * HOUR_MS;

/** `every`: the channel is in every n-th report of a device. */
const SENSORS = [
  { name: 'temperature', unit: 'degC', kind: 'gauge', decimals: 2, every: 1 },
  { name: 'humidity', unit: '%', kind: 'gauge', decimals: 1, every: 1 },
  { name: 'co2', unit: 'ppm', kind: 'gauge', decimals: 0, every: 2 },
  { name: 'battery', unit: 'V', kind: 'gauge', decimals: 3, every: 10 },
  { name: 'light', unit: 'lx', kind: 'gauge', decimals: 0, every: 1 },
  { name: 'motion', unit: '', kind: 'flag', decimals: 0, every: 1 },
] as const satisfies readonly (PlantChannel & { every: number })[];

const FAULTS: readonly FaultKind[] = [
  { kind: 'overheating', channels: () => ['temperature', 'humidity'], detectWithinShare: 0.5 },
  { kind: 'co2_offset', channels: () => ['co2'], detectWithinShare: 0.4 },
  {
    kind: 'frozen_sensor',
    channels: (rng) => [['temperature', 'humidity', 'co2'][rng.integer(3)]],
    detectWithinShare: 0.7,
  },
  { kind: 'dark_sensor', channels: () => ['light'], detectWithinShare: 0.7 },
];

/**
 * Twenty room sensors, each on its own irregular schedule: reports every 40 to 90 s with jitter, some clocks askew by up to
 * 20 s, delivery out of order within a minute; with dropouts also lost reports and devices that are silent for hours.
 */
export const devices: Plant = {
  name: 'devices',
  summary:
    'Room sensors: twenty series, six channels, each reporting at times of its own, out of order, now and then silent.',
  channels: SENSORS.map(({ name, unit, kind, decimals }) => ({ name, unit, kind, decimals })),
  stepMs: MINUTE_MS,
  series: SERIES,
  irregular: true,
  generate,
  faultsOf,
};

const schedule = (options: PlantOptions, series: string) => faultSchedule(options, series, FAULTS, EXTRA_GAP_MEAN_MS);

function faultsOf(options: PlantOptions): Fault[] {
  if (!options.faults) return [];
  const endMs = options.startMs + options.steps * MINUTE_MS;
  return SERIES.flatMap((series) => faultsUntil(schedule(options, series), endMs)).sort(
    (a, b) => a.startMs - b.startMs,
  );
}

interface Delivery {
  readonly arrivalMs: number;
  readonly row: PlantRow;
}

/** Merges the devices by time of delivery; the run ends with what is delivered by then. At most a minute of reports waits. */
function* generate(options: PlantOptions): Generator<PlantRow> {
  const endMs = options.startMs + options.steps * MINUTE_MS;
  const feeds = SERIES.map((series, index) => {
    const feed = deviceFeed(options, series, index);
    return { feed, next: feed.next().value };
  });
  const waiting: Delivery[] = [];
  for (;;) {
    const first = feeds.reduce((a, b) => (b.next.madeMs < a.next.madeMs ? b : a));
    const { madeMs, delivery } = first.next;
    const untilMs = Math.min(madeMs, endMs);
    while (waiting.length > 0 && waiting[0].arrivalMs <= untilMs) yield (waiting.shift() as Delivery).row;
    if (madeMs >= endMs) break;
    if (delivery !== null) insertByArrival(waiting, delivery);
    first.next = first.feed.next().value;
  }
}

function insertByArrival(waiting: Delivery[], delivery: Delivery): void {
  let at = waiting.length;
  while (at > 0 && waiting[at - 1].arrivalMs > delivery.arrivalMs) at -= 1;
  waiting.splice(at, 0, delivery);
}

interface Made {
  readonly madeMs: number;
  /** null: the report was lost. */
  readonly delivery: Delivery | null;
}

/** The reports of one device in the order they are made, without end. */
function* deviceFeed(options: PlantOptions, series: string, index: number): Generator<Made, never> {
  const rng = createRng(seedOf(options.seed, series, 'device'));
  const losses = createLosses(createRng(seedOf(options.seed, series, 'dropouts')), options.startMs);
  const faultAt = options.faults ? faultCursor(schedule(options, series)) : () => null;
  const room = createRoom(createRng(seedOf(options.seed, series, 'room')), options.startMs);
  const periodMs = 40_000 + 50_000 * rng.uniform();
  const skewMs = index % 4 === 3 ? Math.round(40_000 * (rng.uniform() - 0.5)) : 0;
  let dueMs = options.startMs + periodMs * rng.uniform();
  let last: number[] = [];
  for (let report = 0; ; report++) {
    const madeMs = Math.round(dueMs);
    dueMs += periodMs * (0.92 + 0.16 * rng.uniform());
    const at = faultAt(madeMs);
    const exact = room(madeMs);
    const values = SENSORS.map((sensor, c) =>
      quantise(faulty(at, sensor.name, exact[c], last[c] ?? exact[c]), sensor.decimals),
    );
    last = values;
    const observed = values.map((value, c) => ((report + c) % SENSORS[c].every === 0 ? value : null));
    // Most arrive at once; a tenth is held up by the radio.
    const delayMs = rng.uniform() < 0.1 ? DELIVERY_MS_MAX * rng.uniform() : 1500 * rng.uniform();
    const fault = at === null ? null : { kind: at.fault.kind, channels: at.fault.channels };
    const row = { timeMs: madeMs + skewMs, series, values, observed, fault };
    const lost = losses(madeMs) && options.dropouts;
    yield { madeMs, delivery: lost ? null : { arrivalMs: madeMs + delayMs, row } };
  }
}

function faulty(at: FaultAt | null, channel: string, value: number, last: number): number {
  if (at === null || !at.fault.channels.includes(channel)) return value;
  const { kind, severity } = at.fault;
  switch (kind) {
    case 'overheating':
      return channel === 'temperature'
        ? value + (7 + 5 * severity) * at.progress ** 0.7
        : value * (1 - 0.3 * at.progress ** 0.7);
    case 'co2_offset':
      return value + 260 + 140 * severity;
    case 'frozen_sensor':
      return last;
    case 'dark_sensor':
      return 0.05 * value;
    default:
      throw new RangeError(`unknown device fault ${kind}`);
  }
}

/** Says whether a report is lost: alone, or because the device is silent for one to four hours. */
function createLosses(rng: Rng, startMs: number): (timeMs: number) => boolean {
  const gap = () => -Math.log(rng.uniform()) * SILENCE_GAP_MEAN_MS;
  let silentFromMs = startMs + gap();
  let silentToMs = silentFromMs + (1 + 3 * rng.uniform()) * HOUR_MS;
  return (timeMs) => {
    while (timeMs >= silentToMs) {
      silentFromMs = silentToMs + gap();
      silentToMs = silentFromMs + (1 + 3 * rng.uniform()) * HOUR_MS;
    }
    return rng.uniform() < LOST_REPORT_RATE || timeMs >= silentFromMs;
  };
}
