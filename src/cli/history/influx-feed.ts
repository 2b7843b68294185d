import type { ComponentConfig, PipelineConfig } from '../../config/pipeline-schema.ts';
import type { ComponentContext } from '../../core/component.ts';
import { DriftcastError } from '../../core/errors.ts';
import { createFeedSource, type FeedItem } from '../../source/feed-source.ts';
import type { HistoryFeed, TimeRange } from './feed.ts';
import { type InfluxServer, queryInflux } from './influx-query.ts';
import { type InfluxLayout, influxRows } from './influx-rows.ts';

/** As on the command line. */
export interface InfluxOptions {
  readonly influxUrl?: string;
  readonly influxDatabase?: string;
  readonly influxQuery?: string;
  readonly influxSeriesTag?: readonly string[];
  readonly influxChannelTag?: string;
}

/** What driftcast itself writes: a point a cell, with the channel as a tag. */
const ownMeasurement = 'driftcast_value';

/** Messages that `influxRows` makes, for the JSON decoder. */
const decode: ComponentConfig = {
  type: 'json',
  layout: 'wide',
  time: { path: 'time', format: 'epoch_ms' },
  series: { path: 'series' },
  values: { path: 'values' },
  rename: {},
  channel_path: 'channel',
  value_path: 'value',
  unknown_channels: 'ignore',
};

/**
 * What an InfluxDB holds of a pipeline: the values that its sink has written, another measurement, or the rows of a query of
 * the user's own. Errors: USAGE; SOURCE_FAILED of its run.
 */
export function influxFeed(
  config: PipelineConfig,
  measurement: string | null,
  options: InfluxOptions,
  range: TimeRange,
  context: ComponentContext,
  env: Readonly<Record<string, string | undefined>>,
): HistoryFeed {
  const sink = config.sinks.find(({ type }) => type === 'influxdb');
  const server = serverOf(sink, options, env);
  const policy = options.influxUrl === undefined ? (sink?.retention_policy as string | undefined) : undefined;
  const query = options.influxQuery ?? selectAll(measurement ?? ownMeasurement, policy, range);
  checkReadOnly(query);
  const layout = layoutOf(config, options);
  async function* items(signal: AbortSignal): AsyncGenerator<FeedItem> {
    for await (const series of queryInflux(server, query, context.clock, signal, context.resolvePath)) {
      for (const row of influxRows(series, layout)) {
        yield { key: null, value: Buffer.from(JSON.stringify(row)), timestampMs: null };
      }
    }
  }
  return {
    what: `InfluxDB at ${server.url}, database ${server.database}`,
    source: createFeedSource({ topic: 'influxdb', clock: context.clock, speed: 0, open: items, progress: () => null }),
    decode,
  };
}

function serverOf(
  sink: ComponentConfig | undefined,
  options: InfluxOptions,
  env: Readonly<Record<string, string | undefined>>,
): InfluxServer {
  const url = options.influxUrl ?? (sink?.url as string | undefined);
  const database = options.influxDatabase ?? (sink?.database as string | undefined);
  if (url === undefined || database === undefined) {
    throw new DriftcastError('USAGE', `--data influxdb: which ${url === undefined ? 'server' : 'database'}?`, {
      hint: 'The pipeline has no influxdb sink: give --influx-url and --influx-database.',
    });
  }
  if (options.influxUrl !== undefined && hasCredentials(options.influxUrl)) {
    throw new DriftcastError('USAGE', '--influx-url: it is no http(s) address without user and password', {
      hint: 'Give them as INFLUX_USERNAME and INFLUX_PASSWORD, or INFLUX_TOKEN, in the environment.',
    });
  }
  if (env.INFLUX_TOKEN !== undefined && !/^\S+$/.test(env.INFLUX_TOKEN))
    throw new DriftcastError('USAGE', 'INFLUX_TOKEN: it has a space or a line break in it');
  // another server than that of the sink has credentials of its own, which no command line should show
  if (options.influxUrl !== undefined) {
    return {
      url,
      database,
      username: env.INFLUX_USERNAME,
      password: env.INFLUX_PASSWORD,
      token: env.INFLUX_TOKEN,
    };
  }
  const { username, password, token, tls } = sink as Omit<InfluxServer, 'url' | 'database'>;
  return { url, database, username, password, token, tls };
}

/** Whether what was given would show in messages what should not be shown, or is no address at all. */
function hasCredentials(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '';
}

function layoutOf({ decode: own, channels }: PipelineConfig, options: InfluxOptions): InfluxLayout {
  const tags = own.type === 'line-protocol' ? [own.series_tag as string | string[]].flat() : null;
  const constant = (own.series as { readonly constant?: string } | undefined)?.constant;
  return {
    channels: new Set(channels.map(({ name }) => name)),
    seriesTags: options.influxSeriesTag ?? tags,
    series: constant ?? 'default',
    channelTag: options.influxChannelTag ?? null,
  };
}

/** All points of a measurement between two times, each series with its tags. */
function selectAll(measurement: string, policy: string | undefined, { fromMs, toMs }: TimeRange): string {
  const name = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const from = policy === undefined ? name(measurement) : `${name(policy)}.${name(measurement)}`;
  const field = measurement === ownMeasurement ? name('observed') : '*';
  const bounds = [
    ...(Number.isFinite(fromMs) ? [`time >= ${Math.ceil(fromMs)}ms`] : []),
    ...(Number.isFinite(toMs) ? [`time < ${Math.ceil(toMs)}ms`] : []),
  ];
  return `SELECT ${field} FROM ${from}${bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`} GROUP BY *`;
}

/** Whatever is typed, training never changes a database. */
function checkReadOnly(query: string): void {
  const bare = query.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '""');
  if (/^\s*select\s/i.test(bare) && !/\binto\b/i.test(bare) && !/;\s*\S/.test(bare)) return;
  throw new DriftcastError('USAGE', '--influx-query: expected one SELECT without INTO', {
    hint: 'For example: SELECT flow, pressure FROM pump WHERE time > now() - 30d GROUP BY *',
  });
}
