import type { TestInflux } from './influx.ts';
import type { TestKafka } from './kafka.ts';
import { plant, plantChannels, plantRows, type TinyOptions, TinyPipeline } from './tiny-pipeline.ts';

export const partitions = 2;

/** A feed of its own from Kafka to InfluxDB: topic, dead-letter topic, group, and the pipeline that reads and writes them. */
export interface Journey {
  readonly topic: string;
  readonly deadTopic: string;
  readonly group: string;
  /** For `--set`: where this journey reads and writes. */
  readonly overrides: readonly string[];
}

/** The one pipeline, and its model, that all journeys of a test file share. */
export async function trainTinyPlant(moreSinks: TinyOptions['sinks'] = []): Promise<TinyPipeline> {
  const anywhere = { brokers: ['127.0.0.1:1'], topic: 'none' };
  const options: TinyOptions = {
    channels: plantChannels,
    stepMs: plant.stepMs,
    source: { type: 'kafka', brokers: anywhere.brokers, topics: anywhere.topic, until: 'end', fetch_wait_ms_max: 200 },
    sinks: [{ type: 'influxdb', url: 'http://127.0.0.1:1' }, ...moreSinks],
    deadLetter: { type: 'kafka', ...anywhere },
    more: { state: { path: 'state.json', interval_ms: 100 } },
  };
  const tiny = await TinyPipeline.create(options);
  await tiny.train(plantRows(1200, { seed: 1 }));
  return tiny;
}

export async function startJourney(
  kafka: TestKafka,
  influx: TestInflux,
  name: string,
  partitionCount = partitions,
): Promise<Journey> {
  const topic = await kafka.createTopic(partitionCount);
  const deadTopic = kafka.topicName();
  const group = kafka.groupName();
  const settings = {
    'source.brokers': JSON.stringify([kafka.broker]),
    'source.topics': topic,
    'source.group': group,
    'sinks.0.url': influx.url,
    'sinks.0.database': influx.database,
    'dead_letter.brokers': JSON.stringify([kafka.broker]),
    'dead_letter.topic': deadTopic,
    'state.path': `state-${name}.json`,
  };
  return { topic, deadTopic, group, overrides: Object.entries(settings).map(([path, value]) => `${path}=${value}`) };
}

/** `driftcast run` with the settings of a journey. */
export const runArgs = (tiny: TinyPipeline, journey: Journey, ...more: string[]): string[] => [
  'run',
  tiny.file,
  ...[...journey.overrides, ...more].flatMap((setting) => ['--set', setting]),
];
