import { z } from 'zod';
import { type ComponentContext, type Decoder, defineDecoder } from '../core/component.ts';
import { Cells, type ChannelTable, channelTable } from './cells.ts';
import { createDecoding, type Decoding, readingsPerMessageMax } from './decoding.ts';
import { notAhead } from './event-time.ts';
import { Fault } from './fault.ts';
import { parseJson } from './json-text.ts';
import { resolvePack, type SenmlEntry } from './senml-pack.ts';
import { createSeriesNames } from './series-names.ts';

export const senmlOptions = z.strictObject({
  series: z
    .enum(['base_name', 'name_path', 'key'])
    .default('base_name')
    .describe(
      'base_name: bn names the series, n the channel; name_path: bn and n joined, up to the last "/" or ":" the series, behind it the channel; key: the key of the message, bn and n joined the channel.',
    ),
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
  return {
    decode(record) {
      const decoding = start(record);
      const parsed = parseJson(record, context.limits);
      const nowMs = record.timestampMs ?? context.clock.nowMs();
      const pack = parsed instanceof Fault ? parsed : resolvePack(parsed.value, nowMs, readingsPerMessageMax);
      if (pack instanceof Fault) {
        decoding.refuse(pack);
        return decoding.done();
      }
      const gathered = new Gathered(table, options.unknown_channels === 'reject');
      for (const item of pack) {
        const placed = 'fault' in item ? item.fault : place(item, record.key);
        if (placed instanceof Fault) decoding.refuse(placed, () => JSON.stringify(item.record));
        else gathered.add(placed.series, placed.channel, item as SenmlEntry);
      }
      gathered.flush(decoding);
      return decoding.done();
    },
  };

  function place(entry: SenmlEntry, key: string | null): Fault | { series: string; channel: string } {
    const { series, channel } = splitName(entry, options.series, key);
    const name = seriesName(series);
    if (name instanceof Fault) return name;
    const timeMs = notAhead(entry.timeMs, context);
    return timeMs instanceof Fault ? timeMs : { series: name, channel };
  }
}

function splitName(
  { baseName, name }: SenmlEntry,
  series: SenmlOptions['series'],
  key: string | null,
): { series: string | null; channel: string } {
  const full = baseName + name;
  if (series === 'key') return { series: key, channel: full };
  if (series === 'base_name') return { series: baseName.replace(/[/:]+$/, '') || null, channel: name };
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

  add(series: string, name: string, { timeMs, value, record }: SenmlEntry): void {
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
