import { Observable, type OperatorFunction } from 'rxjs';
import type { Clock } from '../core/clock.ts';
import type { Inference } from '../core/inference.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Window, WindowEvent } from '../core/window.ts';
import { Batcher } from './batcher.ts';
import { type Asked, LongerStride } from './longer-stride.ts';
import type { Overload } from './overload.ts';
import type { PlanResult, PlanWindow } from './plan.ts';
import { SeriesOrder } from './series-order.ts';

/** Where a window comes from, as far as how it is dealt with depends on it. */
export interface Origin {
  /** Wall clock at which the message came that completed it; null where that says nothing about how far behind this process is. */
  readonly arrivedMs: number | null;
  /** Whether nobody can have had a result of it before: only then may it get less than everything. */
  readonly isFresh: boolean;
}

type WindowReady = Extract<WindowEvent, { kind: 'window' }> & { readonly origin?: Origin };

/** What flows out of the infer room, in the order of its series; `Other` passes as it is. */
export type InferEvent<Other> =
  | {
      readonly kind: 'inference';
      readonly inference: Inference;
      /** The window before, which was put off: this is its result, too. */
      readonly taken?: Window;
      /** This window was put off before. */
      readonly isLate?: true;
    }
  | { readonly kind: 'failed'; readonly window: Window; readonly taken?: Window; readonly isLate?: true }
  /** Under overload: its result comes with that of the next window of the series, or later alone. */
  | { readonly kind: 'deferred'; readonly window: Window }
  | Other;

export interface InferOptions {
  readonly infer: (windows: readonly PlanWindow[]) => Promise<readonly (PlanResult | null)[]>;
  readonly modelVersion: string;
  readonly quantileLevels: readonly number[];
  readonly batchWindowsMax: number;
  readonly batchWaitMsMax: number;
  /** Batches that are with the workers at a time. */
  readonly batchesMax: number;
  readonly overload: Pick<Overload, 'isOn' | 'level' | 'leftOut' | 'observe'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** What is to be emitted at a place: an event, or the failure of the whole room. */
type Settled<Other> = { readonly event: InferEvent<Other> } | { readonly error: unknown };

interface Job<Other> {
  readonly asked: Asked;
  readonly origin: Origin | undefined;
  readonly settle: (result: Settled<Other>) => void;
}

/** How often windows that were put off are looked after. */
const dueEveryMs = 5000;

/**
 * Gathers windows across series and partitions into batches and runs them, as many side by side as there are workers for. Events
 * of a series come out in the order in which they came in; one without a series (a rewind) waits for all before it, and all after it
 * wait for it. What is in here is bounded by the credits of the topology, but for a window a series that is put off under overload.
 */
export function infer<Other extends { readonly kind: string; readonly series?: string }>(
  options: InferOptions,
): OperatorFunction<WindowReady | Other, InferEvent<Other>> {
  return (events) =>
    new Observable<InferEvent<Other>>((subscriber) => {
      const { clock } = options;
      const order = new SeriesOrder<Settled<Other>>((settled) => {
        if ('error' in settled) subscriber.error(settled.error);
        else subscriber.next(settled.event);
      });
      const batcher = new Batcher<Job<Other>>({
        sizeMax: options.batchWindowsMax,
        waitMsMax: options.batchWaitMsMax,
        batchesMax: options.batchesMax,
        clock,
        run: async (jobs, waitedMs) => {
          const saturated = batcher.isFull;
          await runBatch(jobs, { waitedMs, saturated }, options).catch((error) => subscriber.error(error));
          completeIfDone();
        },
      });
      const stride = new LongerStride();
      const run = (all: readonly Asked[], origin?: Origin) => {
        for (const asked of all) {
          const { series } = asked.window;
          batcher.push(series, { asked, origin, settle: order.admit(series) });
        }
      };
      let ended = false;
      const completeIfDone = () => {
        if (ended && order.size === 0) subscriber.complete();
      };
      const take = (event: WindowReady | Other) => {
        if (isWindow(event)) {
          const asked = stride.push(askedOf(event, options), clock.monotonicMs());
          run(asked, event.origin);
          if (asked.at(-1)?.window.endMs !== event.window.endMs)
            order.admit(event.window.series)({ event: { kind: 'deferred', window: event.window } });
        } else if (event.series === undefined) {
          run(stride.releaseAll());
          order.barrier({ event });
        } else {
          run(stride.release(event.series));
          order.admit(event.series)({ event });
        }
      };
      const stopWatch = clock.every(dueEveryMs, () => run(stride.releaseDue(clock.monotonicMs())));
      const subscription = events.subscribe({
        next: take,
        error: (error) => subscriber.error(error),
        complete: () => {
          ended = true;
          run(stride.releaseAll());
          completeIfDone();
        },
      });
      return () => {
        stopWatch();
        subscription.unsubscribe();
        batcher.close();
      };
    });
}

const isWindow = (event: { readonly kind: string }): event is WindowReady => event.kind === 'window';

/** Only what nobody can have had a result of may get less than everything. */
function askedOf({ window, origin }: WindowReady, { overload, telemetry }: InferOptions): Asked {
  if (origin?.isFresh !== true || overload.level === 0) return { window, level: 0, leftOut: [] };
  telemetry.count('windows_degraded_total');
  return { window, level: overload.level, leftOut: overload.leftOut };
}

/** Settles every job. */
async function runBatch<Other>(
  jobs: readonly Job<Other>[],
  { waitedMs, saturated }: { readonly waitedMs: number; readonly saturated: boolean },
  options: InferOptions,
): Promise<void> {
  const { telemetry, overload } = options;
  telemetry.observe('batch_windows', jobs.length);
  telemetry.observe('batch_wait_ms', waitedMs);
  overload.observe({ lagMs: lagOf(jobs, options.clock.nowMs()), saturated });
  try {
    const results = await options.infer(jobs.map(({ asked }) => planWindow(asked)));
    jobs.forEach(({ asked, settle }, i) => {
      settle({ event: eventOf(asked, results[i] ?? null, options) });
    });
  } catch (error) {
    for (const { settle } of jobs) settle({ error });
  }
}

function eventOf<Other>(
  { window, level, taken, isLate }: Asked,
  result: PlanResult | null,
  { modelVersion, quantileLevels }: InferOptions,
): InferEvent<Other> {
  const more = { ...(taken === undefined ? {} : { taken }), ...(isLate ? { isLate } : {}) };
  if (result === null) return { kind: 'failed', window, ...more };
  return { kind: 'inference', inference: { window, modelVersion, quantileLevels, level, ...result }, ...more };
}

/** Of the window that is latest among those that may be degraded. */
function lagOf(jobs: readonly { readonly origin: Origin | undefined }[], nowMs: number): number | null {
  let lagMs: number | null = null;
  for (const { origin } of jobs) {
    const { arrivedMs = null, isFresh = false } = origin ?? {};
    if (isFresh && arrivedMs !== null) lagMs = Math.max(lagMs ?? 0, nowMs - arrivedMs);
  }
  return lagMs;
}

const planWindow = ({ window, leftOut }: Asked): PlanWindow => {
  const { series, endMs, newRows, observedFraction, values, location, scale, ahead } = window;
  return {
    series,
    endMs,
    newRows,
    observedFraction,
    values,
    location,
    scale,
    ...(ahead === undefined ? {} : { ahead }),
    ...(leftOut.includes('fewer_samples') ? { fewerSamples: true } : {}),
    ...(leftOut.includes('score_only') ? { scoreOnly: true } : {}),
  };
};
