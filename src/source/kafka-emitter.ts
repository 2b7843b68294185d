import { setImmediate } from 'node:timers/promises';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Clock } from '../core/clock.ts';
import type { CreditGate } from '../core/component.ts';
import { unreadableBatch } from '../core/kafka-codecs.ts';
import type { RecordHeaders, SourceEvent, SourceRecord } from '../core/record.ts';
import { Turns } from '../core/turns.ts';
import type { OwnedPartition, OwnedPartitions } from './kafka-partitions.ts';

/** Waiting is cut into slices, so that heartbeats go out and a stop or a rebalance is noticed. */
const sliceMs = 100;

export interface EmitterParts {
  readonly partitions: OwnedPartitions;
  readonly emit: (event: SourceEvent) => void;
  readonly credits: CreditGate;
  readonly clock: Clock;
  readonly stopped: () => boolean;
  /** Called whenever a partition has moved; `high`: end of the partition as the batch knew it. */
  readonly moved: (slot: OwnedPartition, high: number) => void;
}

type Batch = Pick<EachBatchPayload, 'batch' | 'resolveOffset' | 'heartbeat' | 'isRunning' | 'isStale'>;

/**
 * Emits fetched messages while there are credits, and nothing else: a rejection here would make kafkajs fetch again. Leaves
 * a batch in the middle on a stop, a rebalance or a lost partition; what was emitted is not emitted again in its generation.
 */
export async function emitBatch(payload: Batch, parts: EmitterParts): Promise<void> {
  const { batch, resolveOffset } = payload;
  const slot = parts.partitions.get(batch);
  if (slot === undefined) return;
  const live = () =>
    !parts.stopped() && payload.isRunning() && !payload.isStale() && parts.partitions.get(batch) === slot;
  // kafkajs fetches before we know where to start. These messages are fetched again after the seek, which makes them stale.
  while (slot.next === null && live()) if (!(await rest(payload, parts))) return;
  // A stopped member stays in the group and fetches on: slowly.
  if (parts.stopped()) await rest(payload, parts);
  if (slot.next === null || !live()) return;
  if (slot.ended) return resolveOffset(batch.lastOffset());

  const whole = await emitMessages(batch.messages, slot, payload, parts, live);
  if (parts.partitions.get(batch) !== slot || slot.next === null) return;
  if (whole) slot.next = Math.max(slot.next, Number(batch.lastOffset()) + 1);
  // Resolving the last message of a batch resolves the control records behind it too.
  const last = batch.messages.at(-1);
  resolveOffset(whole && last !== undefined ? last.offset : String(slot.next - 1));
  parts.moved(slot, Number(batch.highWatermark));
}

/** Whether all of the messages are done with. */
async function emitMessages(
  messages: readonly KafkaMessage[],
  slot: OwnedPartition,
  payload: Batch,
  parts: EmitterParts,
  live: () => boolean,
): Promise<boolean> {
  const { clock, credits, emit, partitions, stopped } = parts;
  const turns = new Turns(clock);
  for (const message of messages) {
    const offset = Number(message.offset);
    if (offset < (slot.next as number)) continue;
    if (offset >= slot.end) return true;
    if (!credits.free || turns.isOver) {
      if (!(await turn(payload, parts, live))) return false;
      turns.begin();
    }
    emit({ kind: 'record', record: recordOf(message, slot, offset) });
    slot.next = offset + 1;
    // asking all of it of every message would cost as much as reading it
    if (stopped() || (partitions.generation !== slot.generation && !live())) return false;
  }
  return true;
}

/** Lets the others run, then waits for credits. False: leave the batch. */
async function turn(payload: Batch, parts: EmitterParts, live: () => boolean): Promise<boolean> {
  await setImmediate();
  while (live()) {
    if (!(await beats(payload))) return false;
    if (parts.credits.free) return live();
    await slice(parts, (signal) => parts.credits.whenFree(signal));
  }
  return false;
}

/** A slice of doing nothing. False: leave the batch. */
async function rest(payload: Batch, parts: EmitterParts): Promise<boolean> {
  await slice(parts, () => new Promise(() => undefined));
  return beats(payload);
}

async function slice({ clock }: EmitterParts, event: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([event(over.signal), clock.sleep(sliceMs, over.signal)]);
  over.abort();
}

/** A failed heartbeat means a rebalance or an outage; kafkajs finds the same out by itself as soon as the batch returns. */
const beats = (payload: Batch): Promise<boolean> =>
  payload.heartbeat().then(
    () => true,
    () => false,
  );

function recordOf(
  message: KafkaMessage,
  { topic, partition, generation, known }: OwnedPartition,
  offset: number,
): SourceRecord {
  const sentMs = Number(message.timestamp);
  const timestampMs = sentMs >= 0 ? sentMs : null;
  const position = { topic, partition, generation, offset };
  const unreadable = unreadableBatch(message.value);
  if (unreadable !== null) return { key: null, value: null, timestampMs, position, unreadable };
  const key = message.key === null || message.key === undefined ? null : message.key.toString('utf8');
  // one literal, for this is done for every message
  const record = { key, value: message.value, timestampMs, position, mayBeKnown: offset < known };
  const headers = headersOf(message.headers);
  return headers === null ? record : { ...record, headers };
}

const headersMax = 64;
const headerBytesMax = 1024;

/** Headers that can be names or times: short ones, and not many. null: there are none. */
function headersOf(headers: KafkaMessage['headers']): RecordHeaders | null {
  // most messages have none: kafkajs gives an object that is empty
  const names = headers === undefined ? [] : Object.keys(headers);
  if (headers === undefined || names.length === 0) return null;
  const values = new Map<string, string>();
  for (const name of names.slice(0, headersMax)) {
    const given = headers[name];
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value === undefined || value === null || value.length > headerBytesMax) continue;
    values.set(name, value.toString('utf8'));
  }
  return values;
}
