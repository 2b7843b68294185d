import type { Clock } from '../core/clock.ts';
import type { CreditGate, Source } from '../core/component.ts';
import { messageOf } from '../core/errors.ts';
import type { SourceEvent } from '../core/record.ts';
import { createPace, untilDue } from './pace.ts';

/** One message of a feed that lives in this process. */
export interface FeedItem {
  readonly key: string | null;
  readonly value: Uint8Array | null;
  /** Event time, where it is known: what pacing goes by. */
  readonly timestampMs: number | null;
}

export interface FeedOptions {
  /** Name under which positions are counted. */
  readonly topic: string;
  readonly clock: Clock;
  /** Multiple of real time; 0 for as fast as credits allow. */
  readonly speed: number;
  open(signal: AbortSignal): AsyncIterable<FeedItem> | Iterable<FeedItem>;
  progress(): number | null;
}

/** A feed that never waits would keep signals, timers and sockets waiting. */
const RECORDS_PER_TURN = 256;
const PARTITION = { partition: 0, generation: 1 } as const;

/**
 * A source of one partition around an iterable that starts anew with every process: `reset`, records at offsets 0, 1, 2 ...,
 * and `closed` with `ended` when the iterable is exhausted (not after `stop`: what is open then stays open). Commits are
 * accepted and kept nowhere, since the next start begins at offset 0 again.
 */
export function createFeedSource(options: FeedOptions): Source {
  const { topic } = options;
  const stopping = new AbortController();
  let health = { ok: true, detail: 'not started' };
  return {
    async run(emit, credits) {
      health = { ok: true, detail: 'reading' };
      try {
        await pump(options, emit, credits, stopping.signal);
        health = { ok: true, detail: stopping.signal.aborted ? 'stopped' : 'ended' };
      } catch (error) {
        health = { ok: false, detail: `${topic}: ${messageOf(error)}` };
        throw error;
      }
    },
    async commit() {},
    async stop() {
      stopping.abort();
    },
    async close() {
      stopping.abort();
    },
    progress: options.progress,
    health: () => health,
  };
}

async function pump(
  options: FeedOptions,
  emit: (event: SourceEvent) => void,
  credits: CreditGate,
  signal: AbortSignal,
): Promise<void> {
  const { topic } = options;
  const pace = createPace(options.clock, options.speed);
  /** Emits when there is credit; false after a stop. */
  const send = async (event: SourceEvent): Promise<boolean> => {
    while (!credits.free && !signal.aborted) await credits.whenFree(signal);
    if (signal.aborted) return false;
    emit(event);
    return true;
  };
  if (!(await send({ kind: 'reset', topic, ...PARTITION }))) return;
  let offset = 0;
  for await (const item of options.open(signal)) {
    if (item.timestampMs !== null) await untilDue(pace, item.timestampMs, options.clock, signal);
    const position = { topic, ...PARTITION, offset };
    const { key, value, timestampMs } = item;
    if (!(await send({ kind: 'record', record: { key, value, timestampMs, position } }))) return;
    offset += 1;
    if (offset % RECORDS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await send({ kind: 'closed', topic, ...PARTITION, ended: true });
}
