import type { CreditGate, Decoded, Decoder, Source } from '../../core/component.ts';
import { DriftcastError } from '../../core/errors.ts';
import type { SourceRecord } from '../../core/record.ts';
import type { CliIo } from '../io.ts';

/** A person waits for the answer: what a decoder needs and does not get in this time ends the reading. */
const waitMsMax = 30_000;

export interface InOrderParts {
  readonly source: Source;
  readonly decoder: Decoder;
  readonly io: Pick<CliIo, 'clock' | 'signal'>;
  /** What is read, for errors. */
  readonly what: string;
  /** Whether a message counts. */
  readonly isNew: (record: SourceRecord) => boolean;
  readonly take: (decoded: Decoded) => void;
}

/**
 * Decodes the messages of a source that ends, one after the other. While one waits for what its decoder needs, the source
 * rests. Rejects with the error of the source or of the waiting; SOURCE_FAILED where that takes too long.
 */
export async function decodeInOrder({ source, decoder, io, what, isNew, take }: InOrderParts): Promise<void> {
  /** The last message of those that wait; null: none does. */
  let waiting: Promise<void> | null = null;
  const failures: unknown[] = [];
  const ended = () => failures.length > 0 || io.signal.aborted;
  const fail = (error: unknown) => {
    failures.push(error);
    void source.stop().catch(() => undefined);
  };
  const credits: CreditGate = {
    get free() {
      return waiting === null;
    },
    async whenFree(signal) {
      while (waiting !== null && !signal?.aborted) await waiting;
    },
  };
  const wait = (ready: Promise<void> | null) => (ready === null ? null : inTime(ready, decoder, io, what));
  const decode = (record: SourceRecord) => {
    if (!ended()) take(decoder.decode(record));
  };
  const readyFor = (record: SourceRecord) => decoder.ready?.(record) ?? null;
  await source.run((event) => {
    if (event.kind !== 'record' || ended() || !isNew(event.record)) return;
    const { record } = event;
    const ready = waiting === null ? readyFor(record) : null;
    if (waiting === null && ready === null) return decode(record);
    // behind one that waits: what this one needs is asked for when its turn comes
    const before = waiting === null ? wait(ready) : waiting.then(() => (ended() ? null : wait(readyFor(record))));
    const turn: Promise<void> = Promise.resolve(before)
      .then(() => decode(record))
      .catch(fail)
      .finally(() => {
        if (waiting === turn) waiting = null;
      });
    waiting = turn;
  }, credits);
  while (waiting !== null) await waiting;
  if (failures.length > 0) throw failures[0];
}

async function inTime(
  ready: Promise<void>,
  decoder: Decoder,
  { clock, signal }: InOrderParts['io'],
  what: string,
): Promise<void> {
  const settled = new AbortController();
  const late = clock.sleep(waitMsMax, AbortSignal.any([settled.signal, signal])).then(() => {
    if (settled.signal.aborted || signal.aborted) return;
    throw new DriftcastError(
      'SOURCE_FAILED',
      `reading ${what}: waited ${waitMsMax / 1000} s to decode a message: ${decoder.health?.().detail ?? 'no reason is known'}`,
      { retryable: true, hint: 'Check that the schema registry of decode is up and can be reached from here.' },
    );
  });
  late.catch(() => undefined); // ends by itself when the message is ready first
  try {
    await Promise.race([ready, late]);
  } finally {
    settled.abort();
  }
}
