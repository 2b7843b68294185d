import { TestKafka } from '../support/kafka.ts';
import { BenchChild } from './bench-child.ts';
import { withServers } from './bench-servers.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import type { IngestJob, IngestReply } from './ingest-child.ts';
import { type IngestFeed, ingestMessages } from './ingest-feed.ts';
import { type Measured, measureInterleaved } from './measure-interleaved.ts';
import type { Timing } from './sample-time.ts';

const feeds = (quick: boolean): readonly IngestFeed[] => [
  { layout: 'narrow', channels: 10, series: 8, messages: quick ? 8000 : 160_000 },
  { layout: 'wide', channels: 38, series: 8, messages: quick ? 800 : 60_000 },
];

export const kafkaIngest: Benchmark = {
  name: 'kafka-ingest',
  summary:
    'A topic of a real broker on this machine, read from its beginning to its end by a process of its own: source, decoder, window room ' +
    'and commits as in `driftcast run`, with the network left out (windows of 96 rows, stride 4, 8 series; joining the group ' +
    'counts). Narrow messages are of some 200 bytes and one value. The reference is kafkajs alone, `eachBatch` doing nothing, on the same ' +
    'topic; `over_kafkajs` is how many times its CPU time is spent. Rates are per second of CPU time of the process, all threads.',
  async run(quick): Promise<BenchmarkResult> {
    const rows = await withServers(['kafka'], quick, async ({ broker }) => {
      const kafka = await TestKafka.connect(broker);
      try {
        const all: MeasuredFeed[] = [];
        for (const feed of feeds(quick)) all.push(await measureFeed(kafka, feed, quick ? 1 : 3));
        return all;
      } finally {
        await kafka.close();
      }
    });
    if (typeof rows === 'string') return { keys: {}, rows: [], notes: [`Left out: ${rows}.`] };
    const [narrow, wide] = rows;
    return {
      keys: {
        narrow_messages_per_s_core: narrow.messages_per_s_core,
        narrow_over_kafkajs: narrow.over_kafkajs,
        wide_values_per_s_core: wide.values_per_s_core,
        wide_over_kafkajs: wide.over_kafkajs,
      },
      rows,
    };
  },
};

type MeasuredFeed = Row & { readonly messages_per_s_core: number; values_per_s_core: number; over_kafkajs: number };

async function measureFeed(kafka: TestKafka, feed: IngestFeed, rounds: number): Promise<MeasuredFeed> {
  const topic = await kafka.createTopic(1);
  const sent = [...ingestMessages(feed)].map(({ key, value }) => ({ key, value: Buffer.from(value), partition: 0 }));
  await kafka.send(topic, sent, 2000);
  const child = () => new BenchChild<IngestJob, IngestReply>('a reader', new URL('./ingest-child.ts', import.meta.url));
  const children = { kafkajs: child(), processor: child() };
  const side = (reader: IngestJob['reader']) => ({
    name: reader,
    sample: async (): Promise<Timing> => {
      const reply = await children[reader].ask({ reader, broker: kafka.broker, topic, feed });
      const { messages, windows, cpuMs, wallMs } = reply;
      if (messages !== feed.messages || (reader === 'processor' && windows === 0))
        throw new Error(`${reader} read ${messages} of ${feed.messages} messages and made ${windows} windows`);
      return { cpuMs, wallMs };
    },
  });
  let measured: Measured<keyof Timing>[];
  try {
    measured = await measureInterleaved([side('kafkajs'), side('processor')], rounds);
  } finally {
    for (const one of Object.values(children)) one.close();
  }
  const [alone, own] = measured;
  const valuesOfMessage = feed.layout === 'wide' ? feed.channels : 1;
  const perSecondCore = ({ median }: Measured<keyof Timing>) => (1000 * feed.messages) / median.cpuMs;
  return {
    layout: feed.layout,
    bytes: sent.reduce((sum, { value }) => sum + value.length, 0) / sent.length,
    channels: feed.channels,
    messages_per_s_core: perSecondCore(own),
    values_per_s_core: valuesOfMessage * perSecondCore(own),
    kafkajs_messages_per_s_core: perSecondCore(alone),
    over_kafkajs: own.ratio.cpuMs,
    cpu_us_a_message: (1000 * own.median.cpuMs) / feed.messages,
    wall_us_a_message: (1000 * own.median.wallMs) / feed.messages,
  };
}
