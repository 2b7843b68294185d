import { interpolateLog } from './interpolate-log.ts';
import type { SizeAsked } from './size-asked.ts';
import type { SizeConstants } from './size-constants.ts';

/** What this machine has. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** What an installation of the asked size takes. Null: a part of it was not measured. */
export interface SizeEstimate {
  readonly rates: {
    readonly messages_per_s: number;
    readonly values_per_s: number;
    readonly windows_per_s: number;
    readonly points_per_s: number;
    readonly fields_per_s: number;
  };
  /** Busy cores, of all processes together. */
  readonly busy_cores: { readonly main_threads: number; readonly workers: number };
  readonly processes: number;
  readonly kafka_partitions_min: number;
  readonly workers_a_process: number;
  /** So that they are busy for about 60 % of the time. */
  readonly cores: number;
  /** Shares of time, as laid out above. */
  readonly utilisation: { readonly main_thread: number; readonly workers: number };
  /** From the close of a row to its last result, when all devices report at once. */
  readonly lag_ms: number;
  readonly memory_mb: {
    /** Of the processes that read, with their series. */
    readonly reading: number | null;
    /** The same while snapshots are read and written. */
    readonly reading_peak: number | null;
    readonly workers: number | null;
  };
  readonly series_a_process: number;
  /** On the machine that was asked. */
  readonly here: { readonly cores: number; readonly memory_mb: number; readonly fits: boolean };
  /** What no figure above holds. */
  readonly not_counted: readonly string[];
}

/** A thread that is busier than this falls behind when the machine is disturbed, and catches up slowly. */
const utilisationMax = 0.6;
const tasks = { impute: 1, forecast: 1, score: 2, cross: 3 } as const;
/** Fields of a point of driftcast_score and of driftcast_value. */
const [scoreFields, valueFields] = [6, 1];

export function estimateSize(asked: SizeAsked, constants: SizeConstants, machine: Machine): SizeEstimate {
  const rates = ratesOf(asked);
  const busy = busyCores(asked, constants, rates);
  const processes = Math.max(1, Math.ceil(busy.main_threads / utilisationMax));
  const workers = Math.max(1, Math.ceil(busy.workers / processes / utilisationMax));
  const utilisation = {
    main_thread: busy.main_threads / processes,
    workers: busy.workers / (processes * workers),
  };
  const reading = readingMb(asked, constants, processes);
  const memory = {
    reading,
    reading_peak: reading === null ? null : reading * (constants.peak_over_resident ?? 1),
    workers: constants.worker_resident_mb === null ? null : processes * workers * constants.worker_resident_mb,
  };
  const cores = Math.max(1, Math.ceil((busy.main_threads + busy.workers) / utilisationMax));
  const memoryMb = machine.memoryBytes / 1_048_576;
  return {
    rates,
    busy_cores: busy,
    processes,
    kafka_partitions_min: processes,
    workers_a_process: workers,
    cores,
    utilisation,
    // windows of all series end at the same rows: they come in one burst every stride
    lag_ms: Math.round(Math.max(utilisation.workers, utilisation.main_thread) * asked.strideSteps * asked.stepMs),
    memory_mb: memory,
    series_a_process: Math.ceil(asked.series / processes),
    here: {
      cores: machine.cores,
      memory_mb: memoryMb,
      fits: cores <= machine.cores && (memory.reading_peak ?? 0) + (memory.workers ?? 0) < memoryMb,
    },
    not_counted: notCounted(constants),
  };
}

function readingMb(asked: SizeAsked, constants: SizeConstants, processes: number): number | null {
  const { bytes_a_series: bytes, process_mb: processMb, length_steps: length } = constants;
  if (isEmpty(bytes) || processMb === null) return null;
  const seriesBytes = interpolateLog(bytes, asked.channels) * (asked.lengthSteps / length);
  return processes * processMb + (asked.series * seriesBytes) / 1_048_576;
}

function ratesOf(asked: SizeAsked): SizeEstimate['rates'] {
  const rows = (1000 * asked.series) / asked.stepMs;
  const values = rows * asked.channels;
  const forecasts = asked.forecastEverySteps === 0 ? 0 : (values / asked.forecastEverySteps) * asked.horizonSteps;
  return {
    messages_per_s: asked.layout === 'wide' ? rows : values,
    values_per_s: values,
    windows_per_s: rows / asked.strideSteps,
    points_per_s: rows + values + forecasts,
    fields_per_s: rows * scoreFields + values * valueFields + forecasts * (asked.quantiles + 2),
  };
}

function busyCores(
  asked: SizeAsked,
  constants: SizeConstants,
  rates: SizeEstimate['rates'],
): SizeEstimate['busy_cores'] {
  const decodeUs =
    rates.messages_per_s * constants.decode_us_a_message + rates.values_per_s * constants.decode_us_a_value;
  const measured = constants.main_thread_ms_a_window;
  const mainMs = isEmpty(measured) ? 0 : interpolateLog(measured, asked.channels);
  const workerMs =
    interpolateLog(constants.worker_ms_a_window, asked.channels) *
    (asked.lengthSteps / constants.length_steps) *
    (callsOf(asked) /
      callsOf({ strideSteps: constants.stride_steps, forecastEverySteps: constants.forecast_every_steps }));
  return {
    main_threads: decodeUs / 1e6 + (rates.windows_per_s * mainMs) / 1000,
    workers: (rates.windows_per_s * workerMs) / 1000,
  };
}

/** Calls of the network for a window, on average: not every window has a forecast. */
const callsOf = ({ strideSteps, forecastEverySteps }: Pick<SizeAsked, 'strideSteps' | 'forecastEverySteps'>): number =>
  tasks.impute +
  tasks.score +
  tasks.cross +
  (forecastEverySteps === 0 ? 0 : tasks.forecast * Math.min(1, strideSteps / forecastEverySteps));

const isEmpty = (measured: object): boolean => Object.keys(measured).length === 0;

const notCounted = (constants: SizeConstants): readonly string[] => [
  ...(isEmpty(constants.main_thread_ms_a_window)
    ? [
        'scores, forecasts, alerts and writing in the process that reads: not measured yet, so it may need more processes',
      ]
    : []),
  ...(isEmpty(constants.bytes_a_series) || constants.process_mb === null
    ? ['memory of the processes that read: not measured yet']
    : []),
  ...(constants.worker_resident_mb === null ? ['memory of the workers: not measured yet'] : []),
  'Kafka, InfluxDB, and the network between',
];
