import type { Outcome } from '../../../src/core/alert.ts';
import type { Sink } from '../../../src/core/component.ts';
import type { DeadLetter, DeadLetterSink } from '../../../src/core/dead-letter.ts';
import { DriftcastError, type ErrorCode } from '../../../src/core/errors.ts';
import { seedOf } from '../../../src/core/rng.ts';
import type { StateStore } from '../../../src/topology/state-store.ts';
import type { Chaos, Fault } from './chaos.ts';
import type { VirtualTime } from './virtual-time.ts';
import { stepMs, stride } from './world.ts';

/** What the simulation does to a run, as against what the run does by itself. */
export class Injected extends DriftcastError {
  constructor(code: ErrorCode, fault: Fault) {
    super(code, fault, { retryable: true });
  }
}

const hangMs = 1500;

/** A sink hangs until its deadline, or gives up: before, in the midst of, or after the storing. */
export function unsteadySink(sink: Sink, chaos: Chaos, time: VirtualTime): Sink {
  return {
    name: sink.name,
    deliver: async (batch) => {
      if (chaos.strikes('sink hangs')) await time.sleep(hangMs);
      if (chaos.strikes('sink fails')) throw new Injected('SINK_FAILED', 'sink fails');
      if (chaos.strikes('sink fails half-way')) {
        await sink.deliver(batch.slice(0, batch.length >> 1));
        throw new Injected('SINK_FAILED', 'sink fails half-way');
      }
      const refused = await sink.deliver(batch);
      if (chaos.strikes('sink fails after storing')) throw new Injected('SINK_FAILED', 'sink fails after storing');
      return refused;
    },
    close: () => sink.close(),
    health: () => sink.health(),
  };
}

/** What a database would refuse, whenever it is written. */
export const isRefused = (series: string, endMs: number): boolean => seedOf('refused', series, endMs) % 31 === 0;

/** Some verdicts are refused for good. */
export function pickySink(sink: Sink): Sink {
  const refused = ({ verdict }: Outcome) =>
    verdict !== null && isRefused(verdict.inference.window.series, verdict.inference.window.endMs);
  return {
    name: sink.name,
    deliver: async (batch) => [
      ...(await sink.deliver(batch.filter((outcome) => !refused(outcome)))),
      ...batch.filter(refused).flatMap(refusedLetters),
    ],
    close: () => sink.close(),
    health: () => sink.health(),
  };
}

/** One a window: with one that was put off comes that before it. */
function refusedLetters({ verdict }: Outcome): DeadLetter[] {
  if (verdict === null) return [];
  const { series, endMs, newRows } = verdict.inference.window;
  const ends = Array.from({ length: newRows / stride }, (_, n) => endMs - n * stride * stepMs);
  return ends.map((timeMs) => ({
    ...{ reason: 'sink_rejected', detail: 'no', position: null, key: series, raw: null, timeMs },
  }));
}

export function unsteadyLetters(letters: DeadLetterSink, chaos: Chaos): DeadLetterSink {
  return {
    write: async (batch) => {
      if (chaos.strikes('letters fail')) throw new Injected('DEAD_LETTER_FAILED', 'letters fail');
      await letters.write(batch);
    },
    close: () => letters.close(),
  };
}

/** A write that is reported as failed may have happened. */
export function unsteadyStore(store: StateStore, chaos: Chaos): StateStore {
  return {
    async *read() {
      if (chaos.strikes('state read fails')) throw new Injected('STATE_INVALID', 'state read fails');
      yield* store.read();
    },
    stateOf: (series) => store.stateOf(series),
    write: async (changed) => {
      if (chaos.strikes('state write fails')) throw new Injected('STATE_INVALID', 'state write fails');
      await store.write(changed);
      if (chaos.strikes('state write fails after it'))
        throw new Injected('STATE_INVALID', 'state write fails after it');
    },
  };
}
