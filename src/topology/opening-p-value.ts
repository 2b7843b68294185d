import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { DriftcastError } from '../core/errors.ts';
import { pValueForRate } from '../score/alarm-rate.ts';

const ordinary = 0.001;

/**
 * The p-value that opens an alarm: as it is asked for, or what the rate asked for comes to with the model's own measure of how high
 * scores cluster.
 *
 * @param rowsPerAlarm from the calibration of the model; null: it was not measured
 * @throws DriftcastError CONFIG_INVALID
 */
export function openingPValue({ alert, window }: PipelineConfig, rowsPerAlarm: number | null): number {
  const { p_value: pValue, false_alarms_per_day: perDay } = alert;
  if (perDay === undefined) return pValue ?? ordinary;
  if (rowsPerAlarm === null)
    throw new DriftcastError(
      'CONFIG_INVALID',
      `planning alarms: alert.false_alarms_per_day is ${perDay}, but the model does not say how many rows an alarm takes`,
      {
        hint: 'Train the model again (with more rows if training said that they were few), or set alert.p_value instead.',
      },
    );
  return pValueForRate(perDay, window.step_ms, rowsPerAlarm);
}
