import path from 'node:path';
import type { ComponentConfig, PipelineConfig } from '../config/pipeline-schema.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import { silentTelemetry } from '../core/telemetry.ts';
import { componentContext } from '../topology/component-context.ts';
import { csvHeader } from './csv-header.ts';
import { collectHistory, type History } from './history/collect-history.ts';
import type { HistoryFeed, TimeRange } from './history/feed.ts';
import type { CliIo } from './io.ts';

export type FileParts = Pick<PipelineConfig, 'source' | 'decode'>;

const namesShownMax = 12;

/** Recorded data are judged by their own clock: nothing in them is "in the future". */
export const withoutFuture = (config: PipelineConfig): PipelineConfig => ({
  ...config,
  limits: { ...config.limits, future_ms_max: Number.MAX_SAFE_INTEGER },
});

/**
 * How a CSV file is read for a pipeline: as its own replay source says, where it has one; else by its header: a `time` column
 * and perhaps a `series` column, or columns named as the pipeline's messages name them; wide, or narrow where the messages are
 * and the columns are there. Columns that the source drops may be absent, `label` has to be there. Errors: DATA_UNREADABLE.
 */
export function replayOf(config: PipelineConfig, file: string, label?: string): FileParts {
  const absolute = path.resolve(file);
  const isReplay = config.source.type === 'replay';
  const plain = { type: 'replay', time_column: 'time', drop_columns: [], delimiter: ',', speed: 0 };
  const header = csvHeader(absolute, (isReplay ? config.source : plain).delimiter as string);
  const own = isReplay ? config.source : { ...plain, ...columnsOf(config.decode, header) };
  if (label !== undefined && header.length > 0 && !header.includes(label)) {
    throw new DriftcastError('DATA_UNREADABLE', `reading labels from ${file}: there is no column "${label}"`, {
      hint: `Columns: ${header.slice(0, namesShownMax).join(', ')}.`,
    });
  }
  const drops = [...(own.drop_columns as string[]), ...(label === undefined ? [] : [label])];
  const source: ComponentConfig = {
    ...own,
    path: absolute,
    drop_columns: [...new Set(drops)].filter((name) => header.includes(name)),
    speed: 0,
  };
  return { source, decode: isReplay ? config.decode : decodeOf(config.decode, header, source) };
}

interface JsonPaths {
  readonly layout?: string;
  readonly time?: { readonly path: string };
  readonly series?: { readonly path?: string };
  readonly rename?: Readonly<Record<string, string>>;
  readonly channel_path?: string;
  readonly value_path?: string;
}

/** Time and series columns that have the names they have in the pipeline's messages. */
function columnsOf(decode: ComponentConfig, header: readonly string[]): Partial<ComponentConfig> {
  const { time, series } = decode as JsonPaths;
  const named = (usual: string, path: string | undefined) =>
    !header.includes(usual) && path !== undefined && header.includes(path) ? path : undefined;
  const [timeColumn, seriesColumn] = [named('time', time?.path), named('series', series?.path)];
  return {
    ...(timeColumn === undefined ? {} : { time_column: timeColumn }),
    ...(seriesColumn === undefined ? {} : { series_column: seriesColumn }),
  };
}

function decodeOf(own: ComponentConfig, header: readonly string[], source: ComponentConfig): ComponentConfig {
  const { layout, rename = {}, channel_path: channel = 'channel', value_path: value = 'value' } = own as JsonPaths;
  const isNarrow = layout === 'narrow' && header.includes(channel) && header.includes(value);
  const hasSeries = header.includes('series') || source.series_column !== undefined;
  return {
    type: 'json',
    layout: isNarrow ? 'narrow' : 'wide',
    time: { path: 'time', format: 'auto' },
    series: hasSeries ? { path: 'series' } : { constant: 'default' },
    values: { path: '' },
    rename,
    channel_path: channel,
    value_path: value,
    ...(isNarrow ? { unknown_channels: 'ignore' } : {}),
  };
}

/** Reads a data file through the pipeline's own decoder onto its grid. Errors: DATA_UNREADABLE, LIMIT_EXCEEDED. */
export const readHistory = (
  config: PipelineConfig,
  registry: Registry,
  io: CliIo,
  parts: FileParts,
  range?: TimeRange,
): Promise<History> => collectHistory(config, registry, io, feedOf(config, registry, io, parts), range);

/** A data file as a feed. */
export function feedOf(config: PipelineConfig, registry: Registry, io: CliIo, parts: FileParts): HistoryFeed {
  const context = componentContext(config, io.clock, (p) => path.resolve(p), silentTelemetry);
  const spec = registry.sources.get(parts.source.type);
  if (spec === undefined) throw new DriftcastError('INTERNAL', `looking up component ${parts.source.type}`);
  return {
    what: String(parts.source.path),
    source: spec.build(parts.source, context),
    decode: parts.decode,
    keysAreSeries: true,
  };
}
