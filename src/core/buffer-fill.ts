/** What holds data between source and sink, or state of series. Closed: the metric `buffer_entries` names them. */
export type BufferName =
  | 'outcomes'
  | 'dead_letters'
  | 'series'
  | 'resting_series'
  | 'waiting_plans'
  | 'window_states'
  | 'score_series'
  | 'score_states'
  | 'open_alerts'
  | 'alert_states'
  | 'forecast_series'
  | 'forecast_states';

/** How full a buffer is, and its limit, which follows from the config. */
export interface BufferFill {
  readonly buffer: BufferName;
  readonly entries: number;
  readonly entriesMax: number;
}
