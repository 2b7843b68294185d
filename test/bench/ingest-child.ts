import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { systemClock } from '../../src/core/clock.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { jsonDecoder } from '../../src/decode/json.ts';
import type { PlanWindow } from '../../src/infer/plan.ts';
import { kafkaSource } from '../../src/source/kafka.ts';
import { componentContext } from '../../src/topology/component-context.ts';
import { serveJobs } from './bench-child.ts';
import { benchConfig, benchPipeline } from './bench-pipeline.ts';
import type { IngestFeed } from './ingest-feed.ts';
import type { Timing } from './sample-time.ts';

// A process of the benchmark `kafka-ingest`: reads a whole topic, as often as it is told to.

export interface IngestJob {
  readonly reader: 'kafkajs' | 'processor';
  readonly broker: string;
  readonly topic: string;
  readonly feed: IngestFeed;
}
export type IngestReply = Timing & { readonly messages: number; readonly windows: number };

serveJobs<IngestJob, IngestReply>(async (job) => {
  const startMs = performance.now();
  const start = process.cpuUsage();
  const read = await (job.reader === 'kafkajs' ? readAlone(job) : readAndWindow(job));
  const { user, system } = process.cpuUsage(start);
  return { ...read, cpuMs: (user + system) / 1000, wallMs: performance.now() - startMs };
});

/** The client that the source is built on, with the same settings, and nothing behind it. */
async function readAlone({ broker, topic, feed }: IngestJob) {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 500, maxBytes: 8_388_608 });
  let messages = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          messages += batch.messages.length;
          if (messages >= feed.messages) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return { messages, windows: 0 };
}

/** Source, decoder, window room and what commits behind them, as `driftcast run` has them; the network has no part in it. */
async function readAndWindow({ broker, topic, feed }: IngestJob) {
  const { channels, layout, series } = feed;
  const source = { type: 'kafka', brokers: [broker], topics: topic, group: `bench-${randomUUID()}`, until: 'end' };
  const decode = { type: 'json', layout, series: { path: 'device' } };
  // no forecasts: nothing of the layer that is above the network's
  const model = { forecast_every_steps: 0 };
  const config = benchConfig({ channels, seriesMax: series, more: { source, decode, model } });
  const context = componentContext(config, systemClock, (path) => path, silentTelemetry);
  let messages = 0;
  let windows = 0;
  const decoder = jsonDecoder.build(jsonDecoder.options.parse(without(config.decode)), context);
  const kafka = kafkaSource.build(kafkaSource.options.parse(without(config.source)), context);
  const pipeline = benchPipeline(config, {
    source: kafka,
    decoder: {
      decode: (record) => {
        messages++;
        return decoder.decode(record);
      },
    },
    sinks: [],
    infer: async (batch) => {
      windows += batch.length;
      return batch.map(nothingInferred);
    },
  });
  await pipeline.run();
  await kafka.close();
  return { messages, windows };
}

const without = <T extends { type: string }>({ type: _, ...own }: T) => own;
const nothingInferred = (_: PlanWindow) => ({ imputed: null, forecast: null, residual: null });
