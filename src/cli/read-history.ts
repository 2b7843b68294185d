import path from 'node:path';
import type { ComponentConfig, PipelineConfig } from '../config/pipeline-schema.ts';
import type { CreditGate } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Reading } from '../core/reading.ts';
import type { Registry } from '../core/registry.ts';
import { silentTelemetry } from '../core/telemetry.ts';
import { componentContext } from '../topology/component-context.ts';
import { gridHistory, type SeriesHistory } from '../window/history.ts';
import { csvHeader } from './csv-header.ts';
import type { CliIo } from './io.ts';

export interface History {
  readonly series: readonly SeriesHistory[];
  readonly readings: number;
  /** Readings that come so long after newer ones that the window room, fed in the order of the file, would have closed their rows. */
  readonly late: number;
  /** Why parts of the file were not used, by reason. */
  readonly rejected: ReadonlyMap<string, { readonly count: number; readonly first: string }>;
}

type FileParts = Pick<PipelineConfig, 'source' | 'decode'>;

const readingsMax = 20_000_000;
const namesShownMax = 12;
const always: CreditGate = { free: true, whenFree: () => Promise.resolve() };

/** Recorded data are judged by their own clock: nothing in them is "in the future". */
export const withoutFuture = (config: PipelineConfig): PipelineConfig => ({
  ...config,
  limits: { ...config.limits, future_ms_max: Number.MAX_SAFE_INTEGER },
});

/**
 * How a data file is read for a pipeline: as its own replay source says, where it has one; else as a wide CSV file with a
 * `time` column and perhaps a `series` column. Columns that the source drops may be absent, `label` has to be there.
 * Errors: DATA_UNREADABLE.
 */
export function replayOf(config: PipelineConfig, file: string, label?: string): FileParts {
  const absolute = path.resolve(file);
  const isReplay = config.source.type === 'replay';
  const own = isReplay
    ? config.source
    : { type: 'replay', time_column: 'time', drop_columns: [], delimiter: ',', speed: 0 };
  const header = csvHeader(absolute, own.delimiter as string);
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
  const decode: ComponentConfig = isReplay
    ? config.decode
    : {
        type: 'json',
        layout: 'wide',
        time: { path: 'time', format: 'auto' },
        series: header.includes('series') ? { path: 'series' } : { constant: 'default' },
        values: { path: '' },
        rename: {},
        channel_path: 'channel',
        value_path: 'value',
      };
  return { source, decode };
}

/** Reads a data file through the pipeline's own decoder onto its grid. Errors: DATA_UNREADABLE, LIMIT_EXCEEDED. */
export async function readHistory(
  config: PipelineConfig,
  registry: Registry,
  io: CliIo,
  parts: FileParts,
): Promise<History> {
  const context = componentContext(config, io.clock, (p) => path.resolve(p), silentTelemetry);
  const source = lookUp(registry.sources, parts.source.type).build(parts.source, context);
  const decoder = lookUp(registry.decoders, parts.decode.type).build(parts.decode, context);
  const readings: Reading[] = [];
  const names = new Set<string>();
  const rejected = new Map<string, { count: number; first: string }>();
  const isLate = lateReadings(config.window);
  let late = 0;
  const refuse = (letter: DeadLetter) => {
    const known = rejected.get(letter.reason);
    if (known === undefined) rejected.set(letter.reason, { count: 1, first: letter.detail });
    else known.count++;
  };
  try {
    await source.run((event) => {
      if (event.kind !== 'record') return;
      const { key } = event.record;
      if (key !== null && names.size < namesShownMax) names.add(key);
      const decoded = decoder.decode(event.record);
      for (const reading of decoded.readings) {
        readings.push(reading);
        if (isLate(reading.timeMs)) late++;
      }
      decoded.rejected.forEach(refuse);
      if (readings.length > readingsMax)
        throw new DriftcastError(
          'LIMIT_EXCEEDED',
          `reading ${String(parts.source.path)}: more than ${readingsMax} readings`,
        );
    }, always);
  } finally {
    await source.close();
  }
  checkSeries(parts, names);
  const series = gridHistory(readings, config.channels, config.window.step_ms);
  return { series, readings: readings.length, late, rejected };
}

/** Series that are read as one would overwrite each other cell by cell. */
function checkSeries({ source, decode }: FileParts, names: ReadonlySet<string>): void {
  const { constant } = (decode.series ?? {}) as { constant?: string };
  if (constant === undefined || names.size < 2) return;
  throw new DriftcastError(
    'DATA_UNREADABLE',
    `reading ${String(source.path)}: it holds several series (${[...names].join(', ')}${names.size < namesShownMax ? '' : ' ...'}), the pipeline reads all rows as "${constant}"`,
    { hint: 'Set decode.series to { path: series }, or let `driftcast init` write the pipeline from this file.' },
  );
}

/** As the window room of a feed of one partition would find. */
function lateReadings({ step_ms: stepMs, lateness_ms: latenessMs }: PipelineConfig['window']) {
  let newestMs = Number.NEGATIVE_INFINITY;
  return (timeMs: number): boolean => {
    newestMs = Math.max(newestMs, timeMs);
    return Math.floor(timeMs / stepMs) < Math.floor((newestMs - latenessMs) / stepMs);
  };
}

function lookUp<S>(specs: ReadonlyMap<string, S>, type: string): S {
  const spec = specs.get(type);
  if (spec === undefined) throw new DriftcastError('INTERNAL', `looking up component ${type}`);
  return spec;
}
