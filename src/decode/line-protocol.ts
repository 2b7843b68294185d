import { z } from 'zod';
import { type ComponentContext, type Decoder, defineDecoder } from '../core/component.ts';
import type { SourceRecord } from '../core/record.ts';
import { Cells, channelTable } from './cells.ts';
import { createDecoding, readingsPerMessageMax } from './decoding.ts';
import { notAhead, timeBesideReader } from './event-time.ts';
import { Fault } from './fault.ts';
import { type Line, parseLine, precisions } from './line-protocol-line.ts';
import { messageBytes } from './message-bytes.ts';
import { seriesBeside, seriesBesideReader, timeBeside } from './message-parts.ts';
import { messageText } from './message-text.ts';
import { createSeriesNames } from './series-names.ts';

export const lineProtocolOptions = z.strictObject({
  series_tag: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(8)])
    .default('host')
    .describe('Tag that names the series; several are joined by "/".'),
  series: z.union(seriesBeside).optional().describe('Names the series of all lines of a message, in place of a tag.'),
  time: timeBeside,
  channel: z
    .enum(['measurement_field', 'field'])
    .default('measurement_field')
    .describe('Name of a channel: measurement and field joined by "_", or the field alone.'),
  precision: z.enum(precisions).default('ns').describe('Unit of the time stamps.'),
  unknown_channels: z
    .enum(['ignore', 'reject'])
    .default('ignore')
    .describe('What happens to fields that are no channel.'),
});
export type LineProtocolOptions = z.output<typeof lineProtocolOptions>;

/**
 * InfluxDB line protocol as Telegraf writes it: several lines a message, each a reading. Floats, integers (1i, 1u) and
 * booleans count; strings are ignored, so are comments and empty lines. A line without a time takes the message's own.
 */
export const lineProtocolDecoder = defineDecoder({
  kind: 'decoder',
  type: 'line-protocol',
  summary: 'InfluxDB line protocol, as Telegraf writes it to Kafka.',
  options: lineProtocolOptions,
  examples: [{}, { series_tag: ['site', 'host'], channel: 'field', precision: 'ms' }, { series: { key: true } }],
  build: buildLineProtocolDecoder,
});

function buildLineProtocolDecoder(options: LineProtocolOptions, context: ComponentContext): Decoder {
  const start = createDecoding(context);
  const read = createLineReader(options, context);
  return {
    decode(record) {
      const decoding = start(record);
      const text = messageText(messageBytes(record, context.limits));
      if (text instanceof Fault) {
        decoding.refuse(text);
        return decoding.done();
      }
      let lines = 0;
      for (let at = 0; at < text.length; ) {
        const line = parseLine(text, at, options.precision);
        const raw = (from: number) => () => text.slice(from, line.end);
        if (line.kind !== 'nothing' && ++lines > readingsPerMessageMax) {
          decoding.refuse(new Fault('too_large', `more than ${readingsPerMessageMax} lines, the rest was not read`));
          break;
        }
        if (line.kind === 'wrong') decoding.refuse(new Fault('parse_error', line.detail), raw(at));
        else if (line.kind === 'line') {
          const reading = read(line, record);
          if (reading instanceof Fault) decoding.refuse(reading, raw(at));
          else decoding.reading(reading.series, reading.timeMs, reading.cells, raw(at));
        }
        at = line.end + 1;
      }
      if (lines === 0) decoding.refuse(new Fault('empty', 'the message has no line'));
      return decoding.done();
    },
  };
}

type LineReader = (line: Line, record: SourceRecord) => Fault | { series: string; timeMs: number; cells: Cells };

function createLineReader(options: LineProtocolOptions, context: ComponentContext): LineReader {
  const table = channelTable(context.channels);
  const seriesName = createSeriesNames(context.limits);
  const tags = typeof options.series_tag === 'string' ? [options.series_tag] : options.series_tag;
  const prefixed = options.channel === 'measurement_field';
  const reject = options.unknown_channels === 'reject';
  const seriesOf = options.series === undefined ? null : seriesBesideReader(options.series);
  const beside = timeBesideReader(options.time, context);
  const ownTime = (line: Line, record: SourceRecord): number | Fault => {
    const givenMs = line.timeMs ?? record.timestampMs;
    if (givenMs === null) return new Fault('time_missing', 'neither the line nor the message has a time');
    return notAhead(givenMs, context);
  };
  const cells = new Cells(table);
  return (line, record) => {
    const series = seriesName(seriesOf === null ? joinTags(line, tags) : seriesOf(record));
    if (series instanceof Fault) return series;
    const timeMs = beside === null ? ownTime(line, record) : beside(record);
    if (timeMs instanceof Fault) return timeMs;
    cells.clear();
    for (const { name, value } of line.fields) {
      const channelName = prefixed ? `${line.measurement}_${name}` : name;
      const channel = table.indices.get(channelName);
      if (channel !== undefined) cells.add(channel, value);
      else if (reject) cells.unknown(channelName);
    }
    return { series, timeMs, cells };
  };
}

/** The series name from its tags; undefined where one of them is missing. */
function joinTags(line: Line, tags: readonly string[]): string | undefined {
  if (tags.length === 1) return line.tags.get(tags[0] as string);
  const values = tags.map((tag) => line.tags.get(tag));
  return values.includes(undefined) ? undefined : values.join('/');
}
