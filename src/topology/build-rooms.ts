import { AlarmMonitor } from '../alert/alarm-monitor.ts';
import { AlertTracker } from '../alert/alert-tracker.ts';
import { DriftMonitor } from '../alert/drift-monitor.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { meanRelativeSquare } from '../diffusion/calibration.ts';
import type { Model, ModelBasis } from '../diffusion/model.ts';
import { ForecastMonitor } from '../forecast/forecast-monitor.ts';
import { Forecaster } from '../forecast/forecaster.ts';
import { Scorer } from '../score/scorer.ts';
import { WindowAssembler } from '../window/assembler.ts';
import { channelsOf } from './channels-of.ts';
import { deliveriesMax } from './checkpoint.ts';
import { forecastOptionsOf } from './forecast-options.ts';
import { referencesOf, scoreOptionsOf } from './score-options.ts';
import { windowOptionsOf } from './window-options.ts';

export interface Rooms {
  readonly assembler: WindowAssembler;
  readonly scorer: Scorer;
  readonly tracker: AlertTracker;
  /** null: what the model forecasts is served as it is. */
  readonly forecaster: Forecaster | null;
  readonly monitor: ForecastMonitor;
  readonly alarms: AlarmMonitor;
  readonly drift: DriftMonitor;
}

/** The rooms that keep state of every series. */
export function buildRooms(
  config: PipelineConfig,
  { basis, calibration }: Pick<Model, 'calibration'> & { readonly basis: Pick<ModelBasis, 'priors' | 'seriesPriors'> },
  telemetry: Telemetry,
): Rooms {
  const keepsState = config.state.path !== '' || config.source.type === 'kafka';
  const pendingStatesMax = keepsState ? statesInFlightMax(config) : 0;
  const assembler = new WindowAssembler({
    ...windowOptionsOf(config, basis),
    pendingStatesMax,
    onLate: () => telemetry.count('late_readings_total'),
    onEvicted: () => telemetry.count('series_evicted_total'),
  });
  const measured = {
    meanSquared: meanRelativeSquare(calibration),
    slowMeanSquared: calibration.slowLevel,
    referenceScores: calibration.referenceScores,
    groupScores: calibration.groupScores,
    rowsPerAlarm: calibration.rowsPerAlarm,
    references: referencesOf(calibration),
  };
  const scorer = new Scorer(scoreOptionsOf(config, measured, pendingStatesMax));
  const alarms = new AlarmMonitor(telemetry);
  const channels = channelsOf(config);
  const drift = new DriftMonitor(telemetry, {
    channels,
    action: config.drift.action,
    seriesMax: config.limits.series_max,
  });
  const tracker = new AlertTracker({
    watch: (outcome) => {
      alarms.add(outcome);
      drift.add(outcome);
    },
    driftAction: config.drift.action,
    channels,
    pendingSteps: config.alert.pending_steps,
    resolveSteps: config.alert.resolve_steps,
    silent: config.alert.silent,
    topChannels: config.score.top_channels,
    seriesMax: config.limits.series_max,
    pendingStatesMax,
  });
  const monitor = new ForecastMonitor(
    telemetry,
    config.channels.map(({ kind }) => kind === 'gauge'),
  );
  const forecast = forecastOptionsOf(config, pendingStatesMax);
  const forecaster =
    forecast === null ? null : new Forecaster({ ...forecast, onResolved: (cell) => monitor.add(cell) });
  return { assembler, scorer, tracker, forecaster, monitor, alarms, drift };
}

/** States between window room and delivery: what the credits allow, and what one message may set free beyond them. */
function statesInFlightMax({ limits, window }: PipelineConfig): number {
  const silentAfterSteps = window.silent_after_ms > 0 ? window.silent_after_ms / window.step_ms : window.length_steps;
  const perSeriesMax = Math.ceil(silentAfterSteps / window.stride_steps) + 2;
  return deliveriesMax + limits.in_flight_windows_max + limits.series_max * perSeriesMax;
}
