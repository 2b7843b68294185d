import { DriftcastError } from '../../core/errors.ts';
import { createKafka, type KafkaConnectionOptions } from '../../core/kafka-connection.ts';
import { silentTelemetry } from '../../core/telemetry.ts';
import type { CliIo } from '../io.ts';
import type { Examined, ExamineOptions } from './examined.ts';
import type { Table } from './facts.ts';
import { inspectTable } from './inspect-table.ts';
import type { Message, Recognised } from './message.ts';
import { recogniseJson } from './recognise-json.ts';
import { recogniseLineProtocol } from './recognise-line-protocol.ts';
import { sampleTopic } from './sample-topic.ts';

export interface TopicOptions {
  readonly topic: string;
  readonly sample: number;
  readonly connection: KafkaConnectionOptions;
  /** The connection as it stands in the file: the password as a variable. */
  readonly written: Readonly<Record<string, unknown>>;
}

/** Samples a topic and finds out what its messages are. Fails as `sampleTopic` and `inspectTable` do. */
export async function examineTopic(
  options: TopicOptions,
  { label, stepMs }: ExamineOptions,
  io: CliIo,
): Promise<Examined> {
  const { topic } = options;
  const kafka = createKafka(options.connection, { telemetry: silentTelemetry, resolvePath: (path) => path });
  const { messages, truncated } = await sampleTopic(kafka, topic, options.sample, io.clock, io.signal);
  const what = `topic ${topic}`;
  const recognised = recognise(messages, truncated, what);
  const found = inspectTable(recognised.table, { what, label, stepMs });
  const columns = found.channels.map(({ name }) => name);
  const nameOf = (column: string) => recognised.channelName(column, columns);
  const facts = { ...found, channels: found.channels.map((channel) => ({ ...channel, name: nameOf(channel.name) })) };
  const bare = recognised.decodeFor(columns);
  const decode = messages.some(({ framed }) => framed) ? { ...bare, framing: 'confluent' } : bare;
  return {
    origin: `${what}, ${messages.length} messages of ${recognised.layout}`,
    live: true,
    facts,
    ...whereFrom(decode),
    source: { type: 'kafka', ...options.written, topics: [topic] },
    decode,
    sampleCsv: csvOf(recognised.table, columns, nameOf, found.seriesColumn !== null),
    trainOn: null,
  };
}

function recognise(messages: readonly Message[], truncated: boolean, what: string): Recognised {
  const recognised = recogniseJson(messages, truncated, what) ?? recogniseLineProtocol(messages, truncated);
  if (recognised !== null) return recognised;
  const hint = messages.some(({ framed }) => framed)
    ? 'They begin with the id of a schema, and are no JSON: Avro? Write `decode: { type: avro, schema: { registry: { url: ... } } }` by hand; `schemas/pipeline.md` has its options.'
    : 'init knows JSON objects (one value or many) and InfluxDB line protocol; write the pipeline by hand for others, `schemas/pipeline.md` lists the decoders.';
  throw new DriftcastError(
    'DATA_UNREADABLE',
    `looking at ${what}: the messages are neither JSON objects nor line protocol`,
    { hint },
  );
}

/** In words, where the decoder finds time and series. */
function whereFrom(decode: Readonly<Record<string, unknown>>): {
  readonly timeFrom: string;
  readonly seriesFrom: string;
} {
  const time = decode.time as { readonly path?: string } | undefined;
  const series = decode.series as { readonly path?: string; readonly key?: true } | undefined;
  if (decode.type === 'line-protocol')
    return { timeFrom: 'of the line', seriesFrom: `tag "${String(decode.series_tag)}"` };
  return {
    timeFrom: time?.path === undefined ? 'stamp of the message, no field reads as a time' : `field "${time.path}"`,
    seriesFrom:
      series?.path !== undefined
        ? `field "${series.path}"`
        : series?.key === true
          ? 'key of the message'
          : 'one, no field or key names any',
  };
}

/** The sampled rows as a CSV file that `train` reads: time, series, channels. */
function csvOf(
  table: Table,
  columns: readonly string[],
  nameOf: (column: string) => string,
  hasSeries: boolean,
): string {
  const indices = columns.map((column) => table.names.indexOf(column));
  const lead = hasSeries ? [0, 1] : [0];
  const header = [...lead.map((index) => table.names[index]), ...columns.map(nameOf)];
  const rows = table.rows.map((row) => [...lead, ...indices].map((index) => row[index]));
  return [header, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
