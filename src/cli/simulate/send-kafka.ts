import { type Message, Partitioners, type Producer } from 'kafkajs';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import { createKafka, type KafkaConnectionOptions } from '../../core/kafka-connection.ts';
import { silentTelemetry, type Telemetry } from '../../core/telemetry.ts';
import { createLivePace, untilDue } from '../../source/pace.ts';
import type { CliIo } from '../io.ts';
import type { Feed, FeedRow } from './feed.ts';

export interface KafkaTarget {
  readonly connection: KafkaConnectionOptions;
  readonly topic: string;
  /** Of the topic, where it has to be created. */
  readonly partitions: number;
  readonly speed: number;
  /** The key alone carries the series. */
  readonly seriesKey: boolean;
}

const BATCH_MESSAGES_MAX = 500;
/** After a signal, what is in flight may take this long. */
const GOODBYE_MS_MAX = 5000;

/**
 * Sends a feed to a Kafka topic, creating it if it is not there: JSON, keyed by series, through an idempotent producer.
 * While the brokers are out of reach rows wait, and none is left out; only at the start it gives up after about 15 minutes.
 * Nothing is sent before its own time stamp. Returns the number of messages acknowledged.
 */
export async function sendKafkaRows(feed: Feed, target: KafkaTarget, io: CliIo): Promise<number> {
  const { topic } = target;
  const kafka = createKafka(target.connection, { telemetry: warningsTo(io.stderr), resolvePath: (path) => path });
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    // An idempotent producer that gives up may have sent what it reports as failed: it goes on until the signal.
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: Number.MAX_SAFE_INTEGER },
  });
  const admin = kafka.admin();
  try {
    const start = async () => {
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: target.partitions }], waitForLeaders: true });
      await producer.connect();
    };
    const started = await unlessAborted(start(), io, 0);
    return started ? await sendAll(feed, target, producer, io) : 0;
  } catch (error) {
    if (error instanceof DriftcastError) throw error;
    const doing = `sending to topic ${topic} at ${target.connection.brokers.join(', ')}`;
    throw new DriftcastError('SINK_FAILED', `${doing}: ${messageOf(error)}`, {
      cause: error,
      retryable: true,
      hint: 'Check that the brokers run and can be reached under these addresses from here.',
    });
  } finally {
    const goodbye = Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    await withinMs(goodbye, GOODBYE_MS_MAX, io);
  }
}

async function sendAll(feed: Feed, target: KafkaTarget, producer: Producer, io: CliIo): Promise<number> {
  const pace = createLivePace(io.clock, target.speed);
  let batch: Message[] = [];
  let sent = 0;
  let caughtUp = feed.live;
  const flush = async () => {
    if (batch.length === 0) return;
    const messages = batch;
    batch = [];
    const sending = producer.send({ topic: target.topic, messages });
    if (await unlessAborted(sending, io, GOODBYE_MS_MAX)) sent += messages.length;
  };
  for await (const row of feed.rows(io.signal)) {
    if (io.signal.aborted) break;
    if (row.timeMs !== null && pace(row.timeMs) >= 1) {
      await flush();
      if (!caughtUp && row.timeMs >= io.clock.nowMs()) {
        caughtUp = true;
        io.stderr.write('reached the present, going on in real time\n');
      }
      await untilDue(pace, row.timeMs, io.clock, io.signal);
      if (io.signal.aborted) break;
    }
    batch.push(toMessage(row, target.seriesKey));
    if (feed.live || batch.length >= BATCH_MESSAGES_MAX) await flush();
  }
  await flush();
  return sent;
}

/**
 * The broker's time stamp is that of sending: with the event's own, retention would delete old history as it arrives.
 */
function toMessage(row: FeedRow, seriesKey: boolean): Message {
  const { series, ...rest } = row.message;
  const message = seriesKey || series === undefined ? rest : row.message;
  return { key: row.series, value: JSON.stringify(message) };
}

/** Waits for `work`; false if the signal aborted and it did not settle within `graceMs` after that. */
async function unlessAborted(work: Promise<unknown>, io: CliIo, graceMs: number): Promise<boolean> {
  const aborted = new Promise<boolean>((resolve) => {
    const giveUp = () => void withinMs(work, graceMs, io).then(resolve, () => resolve(false));
    if (io.signal.aborted) giveUp();
    else io.signal.addEventListener('abort', giveUp, { once: true });
    const forget = () => io.signal.removeEventListener('abort', giveUp);
    work.then(forget, forget);
  });
  return Promise.race([work.then(() => true), aborted]);
}

/** Whether `work` is fulfilled within `ms`. */
async function withinMs(work: Promise<unknown>, ms: number, io: CliIo): Promise<boolean> {
  const timer = new AbortController();
  const late = io.clock.sleep(ms, timer.signal).then(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

/** The client's warnings (a broker that does not answer), one line each. */
function warningsTo(stderr: NodeJS.WritableStream): Telemetry {
  return {
    ...silentTelemetry,
    log(level, message, fields) {
      if (level === 'debug' || level === 'info') return;
      const broker = fields?.broker === undefined ? '' : ` (${String(fields.broker)})`;
      stderr.write(`kafka: ${message}${broker}\n`);
    },
  };
}
