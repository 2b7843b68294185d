import type { ComponentContext } from '../core/component.ts';
import { DriftcastError } from '../core/errors.ts';
import type { SourceRecord } from '../core/record.ts';
import { Cells, type ChannelTable, channelTable } from './cells.ts';
import { type Decoding, type RawPart, readingsPerMessageMax } from './decoding.ts';
import { createEventTime } from './event-time.ts';
import { Fault, preview } from './fault.ts';
import type { ObjectOptions } from './json-options.ts';
import { type PathReader, pathReader } from './json-path.ts';
import { seriesBesideReader } from './message-parts.ts';
import { createSeriesNames } from './series-names.ts';

type JsonObject = Readonly<Record<string, unknown>>;
type ObjectReader = (value: unknown, record: SourceRecord, decoding: Decoding, raw?: RawPart) => void;
/** Fills `cells` from one object of a message; a fault where there is nothing to read them from. */
type CellReader = (object: JsonObject, cells: Cells) => Fault | null;

/** Reads what a message holds, an object or an array of them, into `decoding`: readings, dead letters, or both. */
export function createMessageReader(
  options: ObjectOptions,
  context: ComponentContext,
): (value: unknown, record: SourceRecord, decoding: Decoding) => void {
  const read = createObjectReader(options, context);
  return (value, record, decoding) => {
    if (!Array.isArray(value)) return read(value, record, decoding);
    const fault = countFault(value.length);
    if (fault !== null) decoding.refuse(fault);
    else for (const element of value) read(element, record, decoding, () => JSON.stringify(element));
  };
}

function countFault(count: number): Fault | null {
  if (count === 0) return new Fault('no_values', 'an array without elements');
  if (count <= readingsPerMessageMax) return null;
  return new Fault('too_large', `an array of ${count} elements, at most ${readingsPerMessageMax} are taken`);
}

/** Reads one object into `decoding`: a reading, dead letters, or both. */
function createObjectReader(options: ObjectOptions, context: ComponentContext): ObjectReader {
  const table = channelTable(context.channels);
  const readCells = options.layout === 'wide' ? wideCells(options, table) : narrowCells(options, table);
  const readTime = timeReader(options.time);
  const readSeries = seriesReader(options.series);
  const eventTime = createEventTime(context);
  const seriesName = createSeriesNames(context.limits);
  const { format } = options.time;
  const cells = new Cells(table);

  return (value, record, decoding, raw) => {
    if (!isObject(value))
      return decoding.refuse(new Fault('not_an_object', `expected an object, got ${preview(value)}`), raw);
    const series = seriesName(readSeries(value, record));
    if (series instanceof Fault) return decoding.refuse(series, raw);
    const timeMs = eventTime(readTime(value, record), format, record);
    if (timeMs instanceof Fault) return decoding.refuse(timeMs, raw);
    cells.clear();
    const fault = readCells(value, cells);
    if (fault === null) decoding.reading(series, timeMs, cells, raw);
    else decoding.refuse(fault, raw);
  };
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function seriesReader(series: ObjectOptions['series']): (object: JsonObject, record: SourceRecord) => unknown {
  if ('path' in series) return pathReader(series.path);
  const read = seriesBesideReader(series);
  return (_object, record) => read(record);
}

function timeReader({ path, header }: ObjectOptions['time']): (object: JsonObject, record: SourceRecord) => unknown {
  return header === undefined ? pathReader(path) : (_object, record) => record.headers?.get(header);
}

function wideCells(options: ObjectOptions, table: ChannelTable): CellReader {
  const readValues = pathReader(options.values.path);
  const indices = renamed(options, table);
  const nested = nestedFields(options, table);
  const reject = rejectsUnknown(options);
  const reserved = new Set(options.values.path === '' ? reservedNames(options) : nestedRoots(options));
  return (object, cells) => {
    const values = readValues(object);
    if (values === undefined || values === null) return new Fault('no_values', `nothing at ${options.values.path}`);
    if (!isObject(values))
      return new Fault('not_an_object', `${options.values.path}: expected an object, got ${preview(values)}`);
    // not over Object.keys, which makes an array for each message; what is parsed has nothing inherited to show
    for (const name in values) {
      const channel = indices.get(name);
      if (channel !== undefined) cells.add(channel, values[name]);
      else if (reject && !reserved.has(name)) cells.unknown(name);
    }
    for (const { name, channel, read } of nested) {
      if (!Object.hasOwn(values, name)) cells.add(channel, read(values));
    }
    return null;
  };
}

function narrowCells(options: ObjectOptions, table: ChannelTable): CellReader {
  const readChannel = pathReader(options.channel_path);
  const readValue = pathReader(options.value_path);
  const indices = renamed(options, table);
  const reject = rejectsUnknown(options);
  return (object, cells) => {
    const name = readChannel(object);
    if (typeof name !== 'string')
      return new Fault('channel_unknown', `${options.channel_path}: expected a name, got ${preview(name)}`);
    const channel = indices.get(name);
    if (channel !== undefined) cells.add(channel, readValue(object));
    else if (reject) cells.unknown(name);
    return null;
  };
}

const rejectsUnknown = ({ unknown_channels, layout, values }: ObjectOptions): boolean =>
  unknown_channels === undefined ? layout === 'narrow' || values.path !== '' : unknown_channels === 'reject';

/** Channel index by the name that the messages use. A renamed channel answers to its own name too. */
function renamed(options: ObjectOptions, table: ChannelTable): ReadonlyMap<string, number> {
  const indices = new Map(table.indices);
  for (const [field, name] of Object.entries(options.rename)) {
    const channel = table.indices.get(name);
    if (channel === undefined) {
      throw new DriftcastError(
        'CONFIG_INVALID',
        `building the decoder: rename maps "${field}" to "${name}", which is no channel`,
        {
          hint: 'Name one of the channels of the pipeline on the right side of decode.rename.',
        },
      );
    }
    indices.set(field, channel);
  }
  return indices;
}

interface NestedField {
  readonly name: string;
  readonly channel: number;
  readonly read: PathReader;
}

const nestedFields = (options: ObjectOptions, table: ChannelTable): readonly NestedField[] =>
  Object.entries(options.rename)
    .filter(([field]) => field.includes('.'))
    .map(([field, channel]) => ({
      name: field,
      channel: table.indices.get(channel) as number,
      read: pathReader(field),
    }));

const firstName = (path: string) => path.split('.')[0] as string;
const nestedRoots = (options: ObjectOptions) => Object.keys(options.rename).map(firstName);

/** Names at the top of a message that are not channels, but not unknown either. */
function reservedNames(options: ObjectOptions): readonly string[] {
  const { series, time } = options;
  const paths = [time.path, ...('path' in series ? [series.path] : [])];
  return [...paths, ...paths.map(firstName), ...nestedRoots(options)];
}
