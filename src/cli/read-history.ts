import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ComponentConfig, PipelineConfig } from '../config/pipeline-schema.ts';
import type { CreditGate } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Reading } from '../core/reading.ts';
import type { Registry } from '../core/registry.ts';
import { silentTelemetry } from '../core/telemetry.ts';
import { gridHistory, type SeriesHistory } from '../window/history.ts';
import { componentContext } from '../topology/component-context.ts';
import type { CliIo } from './io.ts';

export interface History {
  readonly series: readonly SeriesHistory[];
  readonly readings: number;
  /** Why parts of the file were not used, by reason. */
  readonly rejected: ReadonlyMap<string, { readonly count: number; readonly first: string }>;
}

const readingsMax = 20_000_000;
const always: CreditGate = { free: true, whenFree: () => Promise.resolve() };

/**
 * How a data file is read for a pipeline: as its own replay source says, where it has one; else as a wide CSV file with a
 * `time` column and perhaps a `series` column.
 */
export function replayOf(config: PipelineConfig, file: string, dropColumns: readonly string[] = []): Pick<PipelineConfig, 'source' | 'decode'> {
  const absolute = path.resolve(file);
  const isReplay = config.source.type === 'replay';
  const own = isReplay ? config.source : { type: 'replay', time_column: 'time', drop_columns: [], delimiter: ',', speed: 0 };
  const drops = [...new Set([...((own.drop_columns as string[] | undefined) ?? []), ...dropColumns])];
  const source: ComponentConfig = { ...own, path: absolute, drop_columns: drops, speed: 0 };
  const decode: ComponentConfig = isReplay
    ? config.decode
    : { type: 'json', layout: 'wide', time: { path: 'time', format: 'auto' }, series: seriesOf(absolute), values: { path: '' }, rename: {}, channel_path: 'channel', value_path: 'value' };
  return { source, decode };
}

/** A file of a single series may come without a `series` column. */
function seriesOf(file: string): { path: string } | { constant: string } {
  try {
    const bytes = readFileSync(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).subarray(0, 65_536).toString('utf8');
    const names = (text.split('\n', 1)[0] ?? '').split(',').map((name) => name.trim().replace(/^"|"$/g, ''));
    return names.includes('series') ? { path: 'series' } : { constant: 'default' };
  } catch {
    return { constant: 'default' }; // the replay source says what is wrong with the file
  }
}

/** Reads a data file through the pipeline's own decoder onto its grid. Errors: DATA_UNREADABLE, LIMIT_EXCEEDED. */
export async function readHistory(config: PipelineConfig, registry: Registry, io: CliIo, parts: Pick<PipelineConfig, 'source' | 'decode'>): Promise<History> {
  const context = componentContext(config, io.clock, (p) => path.resolve(p), silentTelemetry);
  const source = lookUp(registry.sources, parts.source.type).build(parts.source, context);
  const decoder = lookUp(registry.decoders, parts.decode.type).build(parts.decode, context);
  const readings: Reading[] = [];
  const rejected = new Map<string, { count: number; first: string }>();
  const refuse = (letter: DeadLetter) => {
    const known = rejected.get(letter.reason);
    if (known === undefined) rejected.set(letter.reason, { count: 1, first: letter.detail });
    else known.count++;
  };
  await source.run((event) => {
    if (event.kind !== 'record') return;
    const decoded = decoder.decode(event.record);
    readings.push(...decoded.readings);
    decoded.rejected.forEach(refuse);
    if (readings.length > readingsMax) throw new DriftcastError('LIMIT_EXCEEDED', `reading ${String(parts.source.path)}: more than ${readingsMax} readings`);
  }, always);
  await source.close();
  const series = gridHistory(readings, config.channels, config.window.step_ms);
  return { series, readings: readings.length, rejected };
}

function lookUp<S>(specs: ReadonlyMap<string, S>, type: string): S {
  const spec = specs.get(type);
  if (spec === undefined) throw new DriftcastError('INTERNAL', `looking up component ${type}`);
  return spec;
}
