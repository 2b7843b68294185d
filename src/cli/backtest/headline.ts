import type { MetricsJson } from '../../eval/metrics-json.ts';

const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(3);

/** The figures of a backtest in a line or two a task. */
export const headline = ({ imputation, forecast, anomaly, drift = [] }: MetricsJson): string =>
  [...imputationLine(imputation), ...forecastLine(forecast), ...anomalyLine(anomaly), ...driftLines(drift)].join('\n');

function imputationLine(imputation: MetricsJson['imputation']): string[] {
  if (imputation === null) return [];
  const { model, baselines } = imputation;
  const linear = baselines.linear_interpolation;
  return [
    `imputation of ${model.count} hidden cells: MAE ${figure(model.mae)} (linear interpolation ${figure(linear?.mae)}), CRPS ${figure(model.crps)} (${figure(linear?.crps)}), 90 % interval covered ${figure(model.coverage90)}`,
  ];
}

function forecastLine(forecast: MetricsJson['forecast']): string[] {
  if (forecast === null) return [];
  const { model, baselines, horizon } = forecast;
  return [
    `forecast ${horizon} steps: CRPS ${figure(model.crps)} (seasonal naive ${figure(baselines.seasonal_naive?.crps)}, ridge ${figure(baselines.ridge?.crps)}, ridge VAR ${figure(baselines.ridge_var?.crps)}), 90 % interval covered ${figure(model.coverage90)}`,
  ];
}

function anomalyLine(anomaly: MetricsJson['anomaly']): string[] {
  if (anomaly === null) return [];
  const { model, baselines } = anomaly;
  return [
    `anomalies: VUS-PR ${figure(model.vus_pr)} (ridge VAR ${figure(baselines.ridge_var?.vus_pr)}, z-score ${figure(baselines.z_score?.vus_pr)}), ${model.events_found} of ${model.events} events found, ${figure(model.false_alarms_per_day)} false alarms a day`,
  ];
}

const driftsMax = 5;

function driftLines(drift: NonNullable<MetricsJson['drift']>): string[] {
  const more = drift.length > driftsMax ? [`and ${drift.length - driftsMax} more in metrics.json`] : [];
  return [...drift.slice(0, driftsMax).map(({ summary }) => `changed for good: ${summary}`), ...more];
}
