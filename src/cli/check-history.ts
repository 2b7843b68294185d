import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { DriftcastError } from '../core/errors.ts';
import type { History } from './history/collect-history.ts';

/** What was found in a data file, for people. */
export function describeHistory(history: History, config: PipelineConfig, file: string): string {
  const rows = history.series.reduce((n, s) => n + s.rows, 0);
  const cells = history.series.reduce((n, s) => n + s.values.length, 0);
  const missing = history.series.reduce((n, s) => n + s.values.reduce((m, v) => m + (Number.isNaN(v) ? 1 : 0), 0), 0);
  const refused = [...history.rejected].map(([reason, { count, first }]) => `${reason} ${count} (${first})`);
  const empty = history.readings === 0 ? [] : emptyChannels(history, config);
  return [
    `${file}: ${history.series.length} series, ${rows} rows of ${config.channels.length} channels, ${((100 * missing) / Math.max(1, cells)).toFixed(1)} % missing`,
    ...(history.outside > 0 ? [`  ${history.outside} readings before or after the asked time`] : []),
    ...(refused.length > 0 ? [`  not used: ${refused.join('; ')}`] : []),
    ...(empty.length > 0 ? [`  channels without a single value: ${empty.join(', ')}`] : []),
  ].join('\n');
}

/** Fails with DATA_INSUFFICIENT where nothing of a file can be used. `doing`: 'training on x.csv'. */
export function checkUsable(history: History, config: PipelineConfig, doing: string): void {
  if (history.readings === 0) {
    throw new DriftcastError('DATA_INSUFFICIENT', `${doing}: not one reading could be used`, {
      hint:
        history.rejected.size === 0
          ? history.outside > 0
            ? `All ${history.outside} readings are outside --from and --to.`
            : 'There is nothing in it: a file without rows, an empty topic, or a query that finds no points.'
          : 'The lines above say why; `driftcast init --data` shows what it finds in a file.',
    });
  }
  if (emptyChannels(history, config).length === config.channels.length) {
    const names = config.channels.slice(0, 12).map(({ name }) => name);
    throw new DriftcastError('DATA_INSUFFICIENT', `${doing}: none of the channels has a value (${names.join(', ')})`, {
      hint: 'Check the channel names of the pipeline against the columns of the file.',
    });
  }
}

/** Names of channels that no series has a value of. */
export function emptyChannels({ series }: History, { channels }: PipelineConfig): string[] {
  const seen = new Uint8Array(channels.length);
  for (const { values } of series) {
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i] as number)) seen[i % channels.length] = 1;
  }
  return channels.filter((_, c) => seen[c] === 0).map(({ name }) => name);
}
