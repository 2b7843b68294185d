export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Labels = Readonly<Record<string, string>>;

/** Counters of what happened to data. Closed: README and dashboards name them. */
export type CounterName =
  | 'records_total'
  | 'readings_total'
  | 'late_readings_total'
  | 'dead_letters_total'
  | 'windows_total'
  | 'windows_skipped_total'
  | 'windows_degraded_total'
  | 'series_silent_total'
  | 'series_evicted_total'
  | 'points_written_total'
  | 'sink_retries_total'
  | 'alerts_total'
  | 'commits_total'
  | 'worker_restarts_total'
  | 'workers_outgrown_total'
  | 'batches_out_of_memory_total'
  | 'forecast_cells_resolved_total';

export type GaugeName =
  | 'series'
  | 'windows_in_flight'
  | 'queue_windows'
  | 'worker_resident_bytes'
  | 'worker_tensors'
  | 'buffer_entries'
  | 'buffer_entries_max'
  | 'lag_messages'
  | 'watermark_lag_ms'
  | 'low_water_offset'
  | 'state_age_ms'
  | 'state_series'
  | 'forecast_coverage_90'
  | 'forecast_crps'
  | 'alarms_per_series_day'
  | 'degradation_level'
  | 'alarm_rows_share'
  | 'series_drifting';

export type HistogramName = 'batch_windows' | 'batch_wait_ms' | 'infer_ms' | 'sink_ms' | 'event_loop_delay_ms';

/** The one place that events go to: the telemetry room turns them into logs and metrics. */
export interface Telemetry {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  count(name: CounterName, by?: number, labels?: Labels): void;
  /** null: what it told of is gone. */
  gauge(name: GaugeName, value: number | null, labels?: Labels): void;
  observe(name: HistogramName, value: number, labels?: Labels): void;
}

export const silentTelemetry: Telemetry = { log() {}, count() {}, gauge() {}, observe() {} };
