import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CounterName, GaugeName, HistogramName, Labels, Telemetry } from '../core/telemetry.ts';

interface Definition {
  readonly help: string;
  /** The labels that the metric has; others are dropped, so that no data can make a new one. */
  readonly labels?: readonly string[];
}

export const counters: Readonly<Record<CounterName, Definition>> = {
  records_total: { help: 'Messages read from the source.' },
  readings_total: { help: 'Readings decoded from messages.' },
  late_readings_total: { help: 'Readings that came after the watermark had passed their row.' },
  dead_letters_total: { help: 'Dead letters written.', labels: ['reason'] },
  windows_total: { help: 'Windows made.' },
  windows_skipped_total: { help: 'Windows with too few observed cells to infer.', labels: ['reason'] },
  windows_degraded_total: { help: 'Windows for which less was done, under overload.' },
  series_silent_total: { help: 'Series that fell silent.' },
  series_evicted_total: { help: 'Series dropped because there were more than series_max.' },
  points_written_total: { help: 'Points that a sink confirmed.', labels: ['sink'] },
  sink_retries_total: { help: 'Failed attempts of sinks that were repeated.', labels: ['sink'] },
  alerts_total: { help: 'Alert transitions.', labels: ['kind', 'state'] },
  commits_total: { help: 'Commits of offsets.' },
  worker_restarts_total: { help: 'Inference workers that ended by themselves and were replaced.', labels: ['engine'] },
  workers_outgrown_total: {
    help: 'Inference workers that were replaced between two batches because they had grown.',
    labels: ['reason'],
  },
  batches_out_of_memory_total: { help: 'Batches that did not fit into memory and were halved.' },
  forecast_cells_resolved_total: { help: 'Forecast values of measured channels that were compared with what came.' },
};

export const gauges: Readonly<Record<GaugeName, Definition>> = {
  series: { help: 'Series held.' },
  windows_in_flight: { help: 'Windows between source and sink.' },
  queue_windows: { help: 'Windows that wait for a worker.' },
  worker_resident_bytes: { help: 'Memory of a worker’s process after its last batch.', labels: ['worker'] },
  worker_tensors: { help: 'Tensors that a worker keeps alive after its last batch.', labels: ['worker'] },
  buffer_entries: { help: 'What a queue, or a memory of series, holds.', labels: ['buffer'] },
  buffer_entries_max: {
    help: 'Its limit, from the config. outcomes and dead_letters: what one message sets free may come on top.',
    labels: ['buffer'],
  },
  lag_messages: { help: 'Messages of a partition not read yet.', labels: ['topic', 'partition'] },
  watermark_lag_ms: { help: 'Wall clock minus watermark.', labels: ['topic', 'partition'] },
  low_water_offset: { help: 'Offset below which everything is delivered.', labels: ['topic', 'partition'] },
  state_age_ms: { help: 'Age of the last snapshot.' },
  state_series: { help: 'Series whose state is kept.' },
  forecast_coverage_90: {
    help: 'Share of values within the 90 % interval that was served for them, decayed; 0.9 is right.',
  },
  forecast_crps: {
    help: 'CRPS of the forecast in units of the channels’ ordinary spread, decayed; smaller is better.',
    labels: ['member'],
  },
  degradation_level: { help: 'Steps of infer.overload that are taken now; 0: everything is done.' },
  series_drifting: { help: 'Series of which a channel has changed for good.' },
  alarms_per_series_day: {
    help: 'Alarms that fired for each day of scored rows of a series, decayed; true ones count too.',
  },
  alarm_rows_share: {
    help: 'Share of scored rows in alarm, decayed: by the model, and as the references would have it, which raise none.',
    labels: ['score'],
  },
};

interface HistogramDefinition extends Definition {
  readonly buckets: readonly number[];
}

const durationsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

export const histograms: Readonly<Record<HistogramName, HistogramDefinition>> = {
  batch_windows: { help: 'Windows of an engine call.', buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] },
  batch_wait_ms: { help: 'How long a batch gathered.', buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
  infer_ms: { help: 'Duration of an engine call.', labels: ['engine'], buckets: durationsMs },
  sink_ms: { help: 'Duration of a delivery.', labels: ['sink'], buckets: durationsMs },
  event_loop_delay_ms: {
    help: 'Longest delay of the event loop in each sampling interval.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
  },
};

export interface Metrics extends Pick<Telemetry, 'count' | 'gauge' | 'observe'> {
  /** Everything in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  readonly pipeline: string;
  /** Memory, CPU, garbage collection and so on of the process. */
  readonly processMetrics: boolean;
}

const prefix = 'driftcast_';

/** The closed set of metrics, each named `driftcast_<name>` and labelled with the pipeline, in a registry of its own. */
export function createMetrics({ pipeline, processMetrics }: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ pipeline });
  if (processMetrics) collectDefaultMetrics({ register: registry, prefix });
  const common = (name: string, { help, labels = [] }: Definition) => ({
    name: prefix + name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const counterOf = mapValues(counters, (definition, name) => new Counter(common(name, definition)));
  const gaugeOf = mapValues(gauges, (definition, name) => new Gauge(common(name, definition)));
  const histogramOf = mapValues(
    histograms,
    (definition, name) => new Histogram({ ...common(name, definition), buckets: [...definition.buckets] }),
  );
  return {
    // A counter that is asked to fall, or a value that is no number, is a caller's bug; metrics must not stop the pipeline.
    count(name, by = 1, labels = {}) {
      if (by >= 0 && Number.isFinite(by)) counterOf[name].inc(keep(labels, counters[name]), by);
    },
    gauge(name, value, labels = {}) {
      if (value === null) gaugeOf[name].remove(keep(labels, gauges[name]));
      else if (Number.isFinite(value)) gaugeOf[name].set(keep(labels, gauges[name]), value);
    },
    observe(name, value, labels = {}) {
      if (Number.isFinite(value)) histogramOf[name].observe(keep(labels, histograms[name]), value);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function keep(labels: Labels, { labels: names = [] }: Definition): Record<string, string> {
  return Object.fromEntries(names.filter((name) => labels[name] !== undefined).map((name) => [name, labels[name]]));
}

function mapValues<Name extends string, In, Out>(
  values: Readonly<Record<Name, In>>,
  map: (value: In, name: Name) => Out,
): Readonly<Record<Name, Out>> {
  const entries = (Object.entries(values) as [Name, In][]).map(([name, value]) => [name, map(value, name)]);
  return Object.fromEntries(entries) as Record<Name, Out>;
}
