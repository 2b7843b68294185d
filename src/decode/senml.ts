import { z } from 'zod';
import { type ComponentContext, type Decoder, defineDecoder } from '../core/component.ts';
import type { SourceRecord } from '../core/record.ts';
import { Cells, type ChannelTable, channelTable } from './cells.ts';
import { createDecoding, type Decoding, readingsPerMessageMax } from './decoding.ts';
import { notAhead, timeBesideReader } from './event-time.ts';
import { Fault } from './fault.ts';
import { parseJson } from './json-text.ts';
import { messageBytes } from './message-bytes.ts';
import { seriesBeside, seriesBesideReader, timeBeside } from './message-parts.ts';
import { resolvePack, type SenmlEntry } from './senml-pack.ts';
import { createSeriesNames } from './series-names.ts';

export const senmlOptions = z.strictObject({
  series: z
    .union([z.enum(['base_name', 'name_path', 'key']), ...seriesBeside])
    .default('base_name')
    .describe(
      'base_name: bn names the series, n the channel; name_path: bn and n joined, up to the last "/" or ":" the series, behind it the channel; key, or what stands beside the message: bn and n joined are the channel.',
    ),
  time: timeBeside,
  unknown_channels: z
    .enum(['ignore', 'reject'])
    .default('ignore')
    .describe('What happens to names that are no channel.'),
});
export type SenmlOptions = z.output<typeof senmlOptions>;

/**
 * SenML packs in JSON (RFC 8428): base fields, relative times (below 2^28 s), values and booleans. Strings and data are
 * ignored, sums (s) too. Records of one series and time become one reading. Separators at the end of a base name
 * ("urn:dev:mac:0024befffe804ff1:") are no part of the series name.
 */
export const senmlDecoder = defineDecoder({
  kind: 'decoder',
  type: 'senml',
  summary: 'SenML packs in JSON (RFC 8428), as LwM2M and CoAP gateways send them.',
  options: senmlOptions,
  examples: [{}, { series: 'name_path', unknown_channels: 'reject' }],
  build: buildSenmlDecoder,
});

function buildSenmlDecoder(options: SenmlOptions, context: ComponentContext): Decoder {
  const start = createDecoding(context);
  const table = channelTable(context.channels);
  const seriesName = createSeriesNames(context.limits);
  const split = splitter(options.series);
  const beside = timeBesideReader(options.time, context);
  return {
    decode(record) {
      const decoding = start(record);
      const parsed = parseJson(messageBytes(record, context.limits), context.limits);
      const nowMs = record.timestampMs ?? context.clock.nowMs();
      const besideMs = beside?.(record) ?? null;
      const pack = parsed instanceof Fault ? parsed : resolvePack(parsed.value, nowMs, readingsPerMessageMax);
      if (pack instanceof Fault) {
        decoding.refuse(pack);
        return decoding.done();
      }
      const gathered = new Gathered(table, options.unknown_channels === 'reject');
      for (const item of pack) {
        const placed = 'fault' in item ? item.fault : place(item, record, besideMs);
        if (placed instanceof Fault) decoding.refuse(placed, () => JSON.stringify(item.record));
        else gathered.add(placed, item as SenmlEntry);
      }
      gathered.flush(decoding);
      return decoding.done();
    },
  };

  function place(entry: SenmlEntry, record: SourceRecord, besideMs: number | Fault | null): Fault | Place {
    const { series, channel } = split(entry, record);
    const name = seriesName(series);
    if (name instanceof Fault) return name;
    const timeMs = besideMs ?? notAhead(entry.timeMs, context);
    return timeMs instanceof Fault ? timeMs : { series: name, timeMs, channel };
  }
}

interface Place {
  readonly series: string;
  readonly timeMs: number;
  readonly channel: string;
}

type Splitter = (entry: SenmlEntry, record: SourceRecord) => Pick<Place, 'channel'> & { readonly series: unknown };

/** Tells the series from the channel in the name of a record. */
function splitter(option: SenmlOptions['series']): Splitter {
  if (option === 'base_name')
    return ({ baseName, name }) => ({ series: withoutSeparators(baseName) || null, channel: name });
  if (option === 'name_path') return ({ baseName, name }) => splitPath(baseName + name);
  const read = seriesBesideReader(option === 'key' ? { key: true } : option);
  return ({ baseName, name }, record) => ({ series: read(record), channel: baseName + name });
}

/** Not by an expression: it would start anew at each of a million separators that end before the name does. */
function withoutSeparators(name: string): string {
  let end = name.length;
  while (name[end - 1] === '/' || name[end - 1] === ':') end--;
  return name.slice(0, end);
}

function splitPath(full: string): ReturnType<Splitter> {
  const cut = Math.max(full.lastIndexOf('/'), full.lastIndexOf(':'));
  return { series: full.slice(0, Math.max(cut, 0)) || null, channel: full.slice(cut + 1) };
}

/** The readings of one pack, by series and time, in the order in which they first came. */
class Gathered {
  readonly #table: ChannelTable;
  readonly #reject: boolean;
  readonly #readings = new Map<string, { series: string; timeMs: number; cells: Cells; records: unknown[] }>();

  constructor(table: ChannelTable, reject: boolean) {
    this.#table = table;
    this.#reject = reject;
  }

  add({ series, timeMs, channel: name }: Place, { value, record }: SenmlEntry): void {
    const key = `${timeMs} ${series}`;
    let reading = this.#readings.get(key);
    if (reading === undefined) {
      reading = { series, timeMs, cells: new Cells(this.#table), records: [] };
      this.#readings.set(key, reading);
    }
    reading.records.push(record);
    const channel = this.#table.indices.get(name);
    if (channel !== undefined) reading.cells.add(channel, value);
    else if (this.#reject) reading.cells.unknown(name);
  }

  flush(decoding: Decoding): void {
    for (const { series, timeMs, cells, records } of this.#readings.values()) {
      decoding.reading(series, timeMs, cells, () => JSON.stringify(records));
    }
  }
}
