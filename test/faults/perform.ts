import type { KafkaMessage } from 'kafkajs';
import { messageOf } from '../../src/core/errors.ts';
import { createRng, seedOf } from '../../src/core/rng.ts';
import type { Expected } from '../support/in-process.ts';
import { addContent, type Fields, pointKey, TestInflux } from '../support/influx.ts';
import { type Journey, startJourney } from '../support/journey.ts';
import type { Sent, TestKafka } from '../support/kafka.ts';
import { type AlertReceiver, expectedTransitions } from './alert-receiver.ts';
import type { Fault, FaultRow } from './fault.ts';
import { type Judgement, judge, letterPlace } from './judge.ts';
import { Stage, type Surroundings } from './stage.ts';
import { WriteRecorder } from './write-recorder.ts';

export interface Performance extends Surroundings {
  /** Where the processors reach the broker: itself, and through the proxy. */
  readonly brokers: { readonly direct: string; readonly proxied: string };
  /** Where the results are read, past all proxies. */
  readonly influxUrl: string;
  /** Takes what the database has accepted. */
  record(recorder: WriteRecorder | null): void;
  readonly alerts: AlertReceiver;
  readonly feed: readonly Sent[];
  readonly expected: Expected;
}

const linesShown = 8;

/** A journey under attack, to its end and the comparison with an undisturbed run. Never rejects: what went wrong is in the row. */
export async function perform(at: Performance, fault: Fault, times: number, seed: number): Promise<FaultRow> {
  const beganMs = performance.now();
  const influx = new TestInflux(at.influxUrl);
  const recorder = new WriteRecorder();
  const prefix = at.kafka.topicName();
  const journey = addressed(at, fault, prefix, await startJourney(at.kafka, influx, fault.name));
  const stage = new Stage(at, journey, recorder, at.feed, (name) => settingsOf(fault, journey, name));
  const recoveries: number[] = [];
  let judgement: Judgement = { differences: [], duplicates: [] };
  let messages = 0;
  const failure: string[] = [];
  at.alerts.forget();
  at.record(recorder);
  try {
    await attackTimes(stage, fault, times, seed, recoveries);
    const topics = await readTopics(at.kafka, prefix);
    messages = topics.count;
    const left = {
      points: await influx.points(),
      written: recorder.contents,
      topics: topics.contents,
      posted: at.alerts.contents,
      letters: await readLetters(at.kafka, journey.deadTopic),
      ends: await at.kafka.ends(journey.topic),
      committed: await at.kafka.committed(journey.group, journey.topic),
    };
    assertFedOnce(left.ends, at.feed);
    judgement = judge(left, at.expected, expectedTransitions(at.expected, 'tiny'));
  } catch (error) {
    failure.push(messageOf(error));
  } finally {
    stage.killAll();
    at.record(null);
    await settle(at).catch((error: unknown) => failure.push(messageOf(error)));
    await influx.drop().catch(() => undefined);
  }
  const { differences, duplicates } = judgement;
  const sorted = [...recoveries].sort((a, b) => a - b);
  return {
    fault: fault.name,
    summary: fault.summary,
    times,
    seed,
    points: at.expected.points.size,
    differences: differences.length,
    duplicates: duplicates.length,
    recovery_s: sorted.at(-1) ?? null,
    recovery_median_s: sorted[sorted.length >> 1] ?? null,
    messages_again: Math.max(0, messages - at.expected.writes),
    transitions_again: Math.max(0, at.alerts.posts - at.alerts.contents.size),
    ...(fault.limit === undefined ? {} : { limit: fault.limit }),
    wall_s: (performance.now() - beganMs) / 1000,
    trouble: [...failure, ...differences.slice(0, linesShown), ...duplicates.slice(0, linesShown)],
  };
}

/** More than a window of every series. */
const firstMessages = 150;

/** The feed is shared out over the attacks: half of a share trickles in while the attack is on, the rest behind it. */
async function attackTimes(
  stage: Stage,
  fault: Fault,
  times: number,
  seed: number,
  recoveries: number[],
): Promise<void> {
  const rng = createRng(seedOf(fault.name, seed));
  stage.start();
  const beginMs = performance.now();
  await stage.trickle(firstMessages);
  await stage.flowsAgain(beginMs, 0);
  for (let attack = 0; attack < times; attack++) {
    const share = Math.floor(stage.unsent / (times - attack));
    const flowing = settled(stage.trickle(share >> 1));
    const overMs = await fault.attack(stage, rng);
    const newestMs = stage.newestMs;
    const error = await flowing;
    if (error !== null) throw error;
    await stage.trickle(share - (share >> 1));
    recoveries.push(await stage.flowsAgain(overMs, newestMs));
  }
  await stage.trickle(stage.unsent);
  for (const name of stage.names) await stage.end('SIGTERM', name);
  await stage.finish();
}

const settled = (work: Promise<void>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

/** Whatever an attack that failed has left as it was. */
async function settle({ servers, kafkaWire, databaseWire, database }: Performance): Promise<void> {
  database.pass();
  for (const wire of [kafkaWire, databaseWire]) {
    wire?.resume();
    wire?.delay(0);
  }
  await databaseWire.open();
  await Promise.all([servers?.up('kafka'), servers?.up('influxdb')]);
}

/** A feed that a fault has doubled on its way in would be compared with another one. */
function assertFedOnce(ends: readonly number[], feed: readonly Sent[]): void {
  const sent = ends.map((_, partition) => feed.filter((one) => one.partition === partition).length);
  if (ends.join() !== sent.join())
    throw new Error(`the topic has ${ends.join(', ')} messages, ${sent.join(', ')} were sent`);
}

function addressed(at: Performance, fault: Fault, prefix: string, journey: Journey): Journey {
  const settings = {
    'source.brokers': JSON.stringify([fault.throughProxy === true ? at.brokers.proxied : at.brokers.direct]),
    'dead_letter.brokers': JSON.stringify([fault.throughProxy === true ? at.brokers.proxied : at.brokers.direct]),
    'sinks.0.url': `http://127.0.0.1:${at.databaseWire.port}`,
    'sinks.1.brokers': JSON.stringify([fault.throughProxy === true ? at.brokers.proxied : at.brokers.direct]),
    'sinks.1.topic_prefix': prefix,
    'sinks.2.url': at.alerts.url,
  };
  const more = Object.entries(settings).map(([path, value]) => `${path}=${value}`);
  return { ...journey, overrides: [...journey.overrides, ...more] };
}

function settingsOf(fault: Fault, { group }: Journey, processor: string): readonly string[] {
  const state =
    fault.stateInTopic === true
      ? ['state.path=""', `state.topic_prefix=${group}.state`]
      : [`state.path=state-${group}-${processor}.json`];
  return [...(fault.settings ?? []), ...state];
}

async function readLetters(kafka: TestKafka, topic: string): Promise<string[]> {
  const letters = await kafka.readAll(topic);
  return [
    ...new Set(
      letters.map(({ headers = {} }) =>
        letterPlace(String(headers.reason), String(headers.partition), String(headers.offset)),
      ),
    ),
  ];
}

async function readTopics(
  kafka: TestKafka,
  prefix: string,
): Promise<{ contents: Map<string, Fields[]>; count: number }> {
  const contents = new Map<string, Fields[]>();
  const topics = ['score', 'value', 'forecast', 'alert'].map((name) => `${prefix}.${name}`);
  const messages: KafkaMessage[] = [];
  for (const topic of topics) messages.push(...(await kafka.readAll(topic)));
  for (const { value } of messages) {
    const point = JSON.parse(String(value)) as {
      measurement: string;
      tags: Record<string, string>;
      fields: Fields;
      time_ms: number;
    };
    addContent(contents, pointKey(point.measurement, point.tags, point.time_ms), point.fields);
  }
  return { contents, count: messages.length };
}
