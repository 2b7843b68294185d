import type { InfluxSeries } from './influx-query.ts';

/** Where series and channel of a value are. */
export interface InfluxLayout {
  readonly channels: ReadonlySet<string>;
  /** Tags that name the series, joined by "/"; null: `series` or `host`, whichever there is. */
  readonly seriesTags: readonly string[] | null;
  /** The series of points without such a tag. */
  readonly series: string;
  /** The tag that names the channel of a point's one value; null: `channel`, where there is one. */
  readonly channelTag: string | null;
}

/** A row as a message: what the JSON decoder of the feed reads. */
export interface InfluxRow {
  readonly time: number;
  readonly series: string;
  readonly values: Readonly<Record<string, number | boolean>>;
}

const seriesTagsTried = ['series', 'host'] as const;
const channelTagTried = 'channel';
/** Fields that hold the value where the channel is a tag. */
const valueFields = ['observed', 'value'] as const;

/**
 * The rows of a series of an answer. Columns of texts are tags (a query without GROUP BY sends them so). A channel is a tag, or
 * a field, alone or with the measurement before it as Telegraf's channels are named.
 */
export function* influxRows(
  { name, tags = {}, columns, values }: InfluxSeries,
  layout: InfluxLayout,
): Generator<InfluxRow> {
  for (const cells of values) {
    const own: Record<string, string> = { ...tags };
    const fields: Record<string, number | boolean> = {};
    let time = Number.NaN;
    columns.forEach((column, i) => {
      const cell = cells[i];
      if (column === 'time') time = Number(cell);
      else if (typeof cell === 'string') own[column] = cell;
      else if (typeof cell === 'number' || typeof cell === 'boolean') fields[column] = cell;
    });
    const channelTag = layout.channelTag ?? channelTagTried;
    const tagged = own[channelTag];
    const named =
      tagged === undefined || tagged === '' ? fieldsByChannel(name, fields, layout) : oneValue(tagged, fields);
    yield { time, series: seriesOf(own, layout), values: named };
  }
}

function seriesOf(tags: Readonly<Record<string, string>>, { seriesTags, series }: InfluxLayout): string {
  if (seriesTags !== null) return seriesTags.map((tag) => tags[tag] ?? '').join('/') || series;
  const tag = seriesTagsTried.find((tried) => (tags[tried] ?? '') !== '');
  return tag === undefined ? series : (tags[tag] as string);
}

/** The value of a point whose channel is a tag: the field of that name, or the only one. */
function oneValue(channel: string, fields: Readonly<Record<string, number | boolean>>): InfluxRow['values'] {
  const names = Object.keys(fields);
  const field = valueFields.find((tried) => tried in fields) ?? (names.length === 1 ? names[0] : undefined);
  return field === undefined ? {} : { [channel]: fields[field] as number | boolean };
}

function fieldsByChannel(
  measurement: string,
  fields: Readonly<Record<string, number | boolean>>,
  { channels }: InfluxLayout,
): InfluxRow['values'] {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => {
      const whole = `${measurement}_${field}`;
      return [!channels.has(field) && channels.has(whole) ? whole : field, value];
    }),
  );
}
