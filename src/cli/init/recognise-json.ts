import { DriftcastError } from '../../core/errors.ts';
import { cellNumber } from '../../decode/cell-value.ts';
import type { Table } from './facts.ts';
import { findSeries, isSeriesName } from './find-series.ts';
import { findTime } from './find-time.ts';
import { flatten, isObject } from './flatten.ts';
import type { Message, Recognised } from './message.ts';
import { type Cell, pivot } from './pivot.ts';

const CHANNEL_NAME = /^(channel|tag|tag_?name|metric|sensor|measurement|signal|variable|parameter|point|field|name)$/i;
const VALUE_NAME = /^(value|val|v|reading)$/i;
/** Keys that are all different name no devices. */
const ROWS_PER_KEY_MIN = 8;

interface Fields {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** [row], the message it came from. */
  readonly messages: readonly Message[];
}

/** JSON objects, or arrays of them, as a table; null where the messages are no JSON. */
export function recogniseJson(messages: readonly Message[], truncated: boolean, what: string): Recognised | null {
  const fields = fieldsOf(messages);
  if (fields.rows.length < messages.length / 2) return null;
  const time = timeOf(fields, what);
  const narrow = narrowColumns(fields);
  return narrow === null ? wide(fields, time, truncated) : narrowTable(fields, time, narrow, truncated);
}

function fieldsOf(messages: readonly Message[]): Fields {
  const columns = new Map<string, number>();
  const flat: { readonly cells: ReadonlyMap<string, string>; readonly message: Message }[] = [];
  for (const message of messages) {
    for (const object of objectsIn(message.text)) {
      const cells = flatten(object);
      for (const name of cells.keys()) if (!columns.has(name)) columns.set(name, columns.size);
      flat.push({ cells, message });
    }
  }
  const names = [...columns.keys()];
  return {
    names,
    rows: flat.map(({ cells }) => names.map((name) => cells.get(name) ?? '')),
    messages: flat.map(({ message }) => message),
  };
}

function objectsIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(text);
    return (Array.isArray(value) ? value : [value]).filter(isObject);
  } catch {
    return []; // not JSON: counted by what is missing
  }
}

/** Where the event time is: a field, or else the message's own time stamp (column null). */
interface EventTime {
  readonly column: number | null;
  readonly texts: readonly string[];
  readonly timesMs: Float64Array;
}

function timeOf({ names, rows, messages }: Fields, what: string): EventTime {
  try {
    const { column, timesMs } = findTime({ names, rows, raggedRows: 0, truncated: false }, what);
    return { column, texts: rows.map((row) => row[column]), timesMs };
  } catch (thrown) {
    if (!(thrown instanceof DriftcastError) || messages.some(({ timestampMs }) => timestampMs === null)) throw thrown;
    const timesMs = Float64Array.from(messages, ({ timestampMs }) => timestampMs ?? Number.NaN);
    return { column: null, texts: [...timesMs].map(String), timesMs };
  }
}

const timeOption = ({ names }: Fields, { column }: EventTime) =>
  column === null ? { format: 'record' } : { path: names[column], format: 'auto' };

/** The series of each row and the `series` option that reads it. */
function seriesOf(
  fields: Fields,
  column: number | null,
): { readonly texts: readonly string[]; readonly option: Readonly<Record<string, unknown>> } {
  if (column !== null) return { texts: fields.rows.map((row) => row[column]), option: { path: fields.names[column] } };
  const keys = fields.messages.map(({ key }) => key ?? '');
  const distinct = new Set(keys).size;
  const useful = !keys.includes('') && distinct * ROWS_PER_KEY_MIN <= keys.length + ROWS_PER_KEY_MIN;
  return useful
    ? { texts: keys, option: { key: true } }
    : { texts: keys.map(() => ''), option: { constant: 'default' } };
}

function wide(fields: Fields, time: EventTime, truncated: boolean): Recognised {
  const { names, rows, messages } = fields;
  const bare = { names, rows, raggedRows: 0, truncated };
  const found = findSeries(bare, time.timesMs, time.column ?? -1);
  const series = seriesOf(fields, found);
  const kept = names.map((_, column) => column).filter((column) => column !== time.column && column !== found);
  const table: Table = {
    names: ['time', 'series', ...kept.map((column) => names[column])],
    rows: rows.map((row, index) => [time.texts[index], series.texts[index], ...kept.map((column) => row[column])]),
    lanes: messages.map(({ partition }) => partition),
    raggedRows: 0,
    truncated,
  };
  const decodeFor = (channels: readonly string[]) => {
    const prefix = commonPrefix(channels);
    const inside = channels.map((channel) => channel.slice(prefix.length));
    const deeper = inside.filter((name) => name.includes('.') && !isTopLevel(messages, name));
    return {
      type: 'json',
      layout: 'wide',
      time: timeOption(fields, time),
      series: series.option,
      ...(prefix === '' ? {} : { values: { path: prefix.slice(0, -1) }, unknown_channels: 'ignore' }),
      ...(deeper.length === 0 ? {} : { rename: Object.fromEntries(deeper.map((name) => [name, name])) }),
    };
  };
  return {
    table,
    layout: 'wide JSON',
    decodeFor,
    channelName: (column, channels) => column.slice(commonPrefix(channels).length),
  };
}

/** 'data.' where all channels are below `data`; '' where they share no parent. */
function commonPrefix(channels: readonly string[]): string {
  const parents = channels.map((name) => name.slice(0, name.lastIndexOf('.') + 1));
  let prefix = parents[0] ?? '';
  while (prefix !== '' && !parents.every((parent) => parent.startsWith(prefix)))
    prefix = prefix.slice(0, prefix.lastIndexOf('.', prefix.length - 2) + 1);
  return prefix;
}

/** A key that holds a dot itself ("PM2.5") is no path. */
const isTopLevel = (messages: readonly Message[], name: string): boolean =>
  messages.slice(0, 100).some(({ text }) => objectsIn(text).some((object) => Object.hasOwn(object, name)));

function narrowColumns({ names, rows }: Fields): { readonly channel: number; readonly value: number } | null {
  const last = (name: string) => name.split('.').at(-1) ?? '';
  const value = names.findIndex(
    (name, column) =>
      VALUE_NAME.test(last(name)) && rows.every((row) => row[column] === '' || !Number.isNaN(cellNumber(row[column]))),
  );
  const channel = names.findIndex(
    (name, column) =>
      CHANNEL_NAME.test(last(name)) && rows.every((row) => row[column] !== '' && Number.isNaN(cellNumber(row[column]))),
  );
  return value < 0 || channel < 0 ? null : { channel, value };
}

function narrowTable(
  fields: Fields,
  time: EventTime,
  { channel, value }: { channel: number; value: number },
  truncated: boolean,
): Recognised {
  const { names, rows, messages } = fields;
  const named = names.findIndex(
    (name, column) => column !== channel && column !== value && column !== time.column && isSeriesName(name),
  );
  const byKey = messages.every(({ key }, index) => key !== rows[index][channel]);
  const series =
    named >= 0 || byKey
      ? seriesOf(fields, named < 0 ? null : named)
      : { texts: rows.map(() => ''), option: { constant: 'default' } };
  const cells = rows.map(
    (row, index): Cell => ({
      lane: messages[index].partition,
      series: series.texts[index],
      time: time.texts[index],
      channel: row[channel],
      value: row[value],
    }),
  );
  const decode = {
    type: 'json',
    layout: 'narrow',
    time: timeOption(fields, time),
    series: series.option,
    channel_path: names[channel],
    value_path: names[value],
  };
  return {
    table: pivot(cells, truncated),
    layout: 'narrow JSON',
    decodeFor: () => ({ ...decode, unknown_channels: 'ignore' }),
    channelName: (column) => column,
  };
}
