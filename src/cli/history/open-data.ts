import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import type { ComponentConfig, PipelineConfig } from '../../config/pipeline-schema.ts';
import type { ComponentContext } from '../../core/component.ts';
import { DriftcastError } from '../../core/errors.ts';
import { recogniseTime } from '../../core/recognise-time.ts';
import type { Registry } from '../../core/registry.ts';
import { silentTelemetry } from '../../core/telemetry.ts';
import { componentContext } from '../../topology/component-context.ts';
import type { CliIo } from '../io.ts';
import { feedOf, replayOf } from '../read-history.ts';
import type { HistoryFeed, TimeRange } from './feed.ts';
import { type InfluxOptions, influxFeed } from './influx-feed.ts';
import { lineFileSource } from './line-file.ts';
import { recordedDecode, recordedMessage } from './recorded-message.ts';
import { topicFeed } from './topic-feed.ts';

/** Where a command finds recorded data, as on its command line. */
export interface DataOptions extends InfluxOptions {
  readonly data: string;
  readonly from?: string;
  readonly to?: string;
}

/**
 * `--data`: `kafka` or `kafka:TOPIC`; `influxdb` or `influxdb:MEASUREMENT`; a file of line protocol (.lp), of recorded messages
 * (.jsonl, .ndjson), else CSV; each of them also with .gz. Nothing is read yet, but the head of a file.
 * Errors: USAGE, DATA_UNREADABLE, CONFIG_INVALID.
 */
export async function openData(
  config: PipelineConfig,
  registry: Registry,
  io: CliIo,
  options: DataOptions,
  resolvePath: (file: string) => string,
): Promise<HistoryFeed> {
  const { data } = options;
  const range = timeRange(options);
  const context = componentContext(config, io.clock, resolvePath, silentTelemetry);
  const [place, name = ''] = split(data);
  if (place === 'kafka') return topicFeed(config, name === '' ? null : name, range, context);
  if (place === 'influxdb') return influxFeed(config, name === '' ? null : name, options, range, context, io.env);
  if (/\.(lp|line)(\.gz)?$/.test(data)) return lineProtocolFeed(config, data, context);
  if (/\.(jsonl|ndjson)(\.gz)?$/.test(data)) return messagesFeed(config, data, context);
  return feedOf(config, registry, io, replayOf(config, data));
}

/** `--from` and `--to`. Errors: USAGE. */
export function timeRange({ from, to }: Pick<DataOptions, 'from' | 'to'>): TimeRange {
  const read = (option: string, text: string | undefined, none: number): number => {
    if (text === undefined) return none;
    const timeMs = recogniseTime(text, 'auto');
    if (timeMs !== null) return timeMs;
    throw new DriftcastError('USAGE', `${option} ${text}: not a time`, {
      hint: 'Write 2026-01-31, 2026-01-31T08:00:00Z, or seconds or milliseconds since 1970.',
    });
  };
  const range = {
    fromMs: read('--from', from, Number.NEGATIVE_INFINITY),
    toMs: read('--to', to, Number.POSITIVE_INFINITY),
  };
  if (range.fromMs < range.toMs) return range;
  throw new DriftcastError('USAGE', `--from ${from} --to ${to}: nothing lies between`, {
    hint: 'Readings count from --from on and before --to.',
  });
}

/** 'kafka:telemetry' in two; a path is a path. */
function split(data: string): readonly [string, string?] {
  const colon = data.indexOf(':');
  return colon < 0 ? [data] : [data.slice(0, colon), data.slice(colon + 1)];
}

/** Line protocol as the pipeline's own decoder reads it; for other pipelines as Telegraf writes it. */
async function lineProtocolFeed(config: PipelineConfig, file: string, context: ComponentContext): Promise<HistoryFeed> {
  const absolute = path.resolve(file);
  const decode: ComponentConfig =
    config.decode.type === 'line-protocol'
      ? config.decode
      : {
          type: 'line-protocol',
          series_tag: 'host',
          channel: 'measurement_field',
          precision: await precisionOf(absolute),
          unknown_channels: 'ignore',
        };
  const source = lineFileSource({
    path: absolute,
    lineBytesMax: context.limits.messageBytesMax,
    itemOf: (line) => ({ key: null, value: isComment(line) ? Buffer.from('') : Buffer.from(line), timestampMs: null }),
    clock: context.clock,
  });
  return { what: file, source, decode };
}

const isComment = (line: Buffer): boolean => line[0] === 0x23;

const digitsOf: ReadonlyMap<number, string> = new Map([
  [19, 'ns'],
  [16, 'us'],
  [13, 'ms'],
  [10, 's'],
]);
const headBytes = 65_536;

/** The unit of the time stamps, by their digits in our days. A file that cannot be read is for its source to refuse. */
async function precisionOf(file: string): Promise<string> {
  const stream = createReadStream(file, { end: headBytes - 1 });
  const bytes = file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
  stream.on('error', (error) => bytes.destroy(error));
  let head = '';
  try {
    for await (const chunk of bytes) head += (chunk as Buffer).toString('utf8');
  } catch {
    // a compressed file is cut in its middle: what came before tells enough
  }
  const digits = / (\d{10,19})[ \t\r]*$/m.exec(head)?.[1]?.length ?? 19;
  return digitsOf.get(digits) ?? 'ns';
}

/** Messages of the pipeline's own format, one a line. */
function messagesFeed(config: PipelineConfig, file: string, context: ComponentContext): HistoryFeed {
  if (config.source.type === 'replay') {
    throw new DriftcastError('USAGE', `--data ${file}: the pipeline replays CSV files, it has no messages of its own`, {
      hint: 'Recorded messages train pipelines that read from Kafka.',
    });
  }
  const source = lineFileSource({
    path: path.resolve(file),
    lineBytesMax: 2 * context.limits.messageBytesMax, // an envelope escapes its payload
    itemOf: recordedMessage,
    clock: context.clock,
  });
  return { what: file, source, decode: recordedDecode(config.decode) };
}
