import { type Line, type Precision, parseLine } from '../../decode/line-protocol-line.ts';
import { isSeriesName } from './find-series.ts';
import type { Message, Recognised } from './message.ts';
import { type Cell, pivot } from './pivot.ts';

/** Digits of a time stamp of our days, by its unit. */
const PRECISION_BY_DIGITS: ReadonlyMap<number, Precision> = new Map([
  [19, 'ns'],
  [16, 'us'],
  [13, 'ms'],
  [10, 's'],
]);

/** InfluxDB line protocol as a table; null where the messages are none. */
export function recogniseLineProtocol(messages: readonly Message[], truncated: boolean): Recognised | null {
  const precision = precisionOf(messages);
  const lines = messages.flatMap((message) => linesIn(message.text, precision).map((line) => ({ line, message })));
  if (lines.length < messages.length / 2) return null;
  const tag = seriesTagOf(lines.map(({ line }) => line));
  const cells = lines.flatMap(({ line, message }) => cellsOf(line, message, tag));
  return {
    table: pivot(cells, truncated),
    layout: 'line protocol',
    decodeFor: () => ({ type: 'line-protocol', series_tag: tag, channel: 'measurement_field', precision }),
    channelName: (column) => column,
  };
}

function precisionOf(messages: readonly Message[]): Precision {
  const stamp = messages.map(({ text }) => / (\d{10,19})\s*$/.exec(text)?.[1]).find((digits) => digits !== undefined);
  return PRECISION_BY_DIGITS.get(stamp?.length ?? 19) ?? 'ns';
}

function linesIn(text: string, precision: Precision): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < text.length; ) {
    const line = parseLine(text, at, precision);
    if (line.kind === 'line' && line.fields.length > 0) lines.push(line);
    at = line.end + 1;
  }
  return lines;
}

/** `host` where all lines have it, else another tag of all lines: one that is named like a device, or the first. */
function seriesTagOf(lines: readonly Line[]): string {
  const common = [...(lines[0]?.tags.keys() ?? [])].filter((tag) => lines.every(({ tags }) => tags.has(tag)));
  if (common.includes('host')) return 'host';
  return common.find(isSeriesName) ?? common[0] ?? 'host';
}

function cellsOf(
  { measurement, tags, fields, timeMs }: Line,
  { partition, timestampMs }: Message,
  tag: string,
): Cell[] {
  const at = timeMs ?? timestampMs;
  if (at === null) return [];
  return fields.map(({ name, value }) => ({
    lane: partition,
    series: tags.get(tag) ?? '',
    time: String(at),
    channel: `${measurement}_${name}`,
    value: String(Number(value)),
  }));
}
