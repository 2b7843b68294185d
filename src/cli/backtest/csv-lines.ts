import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Forecast, Imputed } from '../../core/inference.ts';
import { crpsLevels } from '../../eval/crps.ts';
import type { SeriesScores } from '../evaluate/anomaly-judge.ts';
import type { SeriesTruth } from '../evaluate/truth.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const cell = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(7))) : '');
/** Text of a CSV cell, quoted where it must be. */
const text = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const levels = crpsLevels.length;
const low = 0;
const middle = crpsLevels.indexOf(0.5);
const high = levels - 1;

/** scores.csv: one line a row of every series; rows before the first full window have score 0 and p-value 1. */
export function* scoreLines(series: readonly SeriesScores[], config: PipelineConfig): Generator<string> {
  yield 'time,series,score,p_value,alarm,top_channels\n';
  for (const { truth, score, pValue, alarm, topChannels } of series) {
    for (let row = 0; row < truth.rows; row++) {
      const names = (topChannels[row] ?? []).map(({ channel }) => config.channels[channel]?.name).join(';');
      yield `${iso(truth.startMs + row * config.window.step_ms)},${text(truth.series)},${cell(score[row] as number)},${cell(pValue[row] as number)},${alarm[row]},${text(names)}\n`;
    }
  }
}

/** forecast.csv: one line a step ahead and channel. `time` is the time that is forecast. */
export function forecastLines(
  { horizon, quantiles }: Forecast,
  own: SeriesTruth,
  endRow: number,
  config: PipelineConfig,
): string {
  const channels = config.channels.length;
  let lines = '';
  for (let h = 0; h < horizon; h++) {
    const row = endRow + 1 + h;
    const time = iso(own.startMs + row * config.window.step_ms);
    for (let c = 0; c < channels; c++) {
      const at = (h * channels + c) * levels;
      const observed = row < own.rows ? (own.truth[row * channels + c] as number) : Number.NaN;
      lines += `${time},${text(own.series)},${text(config.channels[c]?.name ?? '')},${h + 1},${cell(quantiles[at + low] as number)},${cell(quantiles[at + middle] as number)},${cell(quantiles[at + high] as number)},${cell(observed)}\n`;
    }
  }
  return lines;
}

/** imputed.csv: one line a final imputed cell; `truth` where the cell was hidden for the test (hidden = 1). */
export function imputedLines(imputed: Imputed, own: SeriesTruth, firstRow: number, config: PipelineConfig): string {
  const channels = config.channels.length;
  let lines = '';
  imputed.rows.forEach((windowRow, k) => {
    if (imputed.final[k] === 0) return;
    const row = firstRow + windowRow;
    for (let c = 0; c < channels; c++) {
      const at = (k * channels + c) * levels;
      if (Number.isNaN(imputed.quantiles[at] as number)) continue;
      const i = row * channels + c;
      const hidden = own.hidden[i] === 1;
      lines += `${iso(own.startMs + row * config.window.step_ms)},${text(own.series)},${text(config.channels[c]?.name ?? '')},${cell(imputed.quantiles[at + low] as number)},${cell(imputed.quantiles[at + middle] as number)},${cell(imputed.quantiles[at + high] as number)},${hidden ? cell(own.truth[i] as number) : ''},${hidden ? 1 : 0}\n`;
    }
  });
  return lines;
}
