import { Observable, type OperatorFunction } from 'rxjs';
import type { Clock } from '../core/clock.ts';
import type { Inference } from '../core/inference.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Window, WindowEvent } from '../core/window.ts';
import { Batcher } from './batcher.ts';
import type { Overload } from './overload.ts';
import type { PlanResult, PlanWindow } from './plan.ts';
import { SeriesOrder } from './series-order.ts';
import { SkippedRows } from './skipped-rows.ts';

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
  | { readonly kind: 'inference'; readonly inference: Inference }
  | { readonly kind: 'failed'; readonly window: Window }
  /** Left out under overload: the next window of the series has its rows. */
  | { readonly kind: 'skipped'; readonly window: Window }
  | Other;

export interface InferOptions {
  readonly infer: (windows: readonly PlanWindow[]) => Promise<readonly (PlanResult | null)[]>;
  readonly modelVersion: string;
  readonly quantileLevels: readonly number[];
  readonly batchWindowsMax: number;
  readonly batchWaitMsMax: number;
  /** Batches that are with the workers at a time. */
  readonly batchesMax: number;
  readonly overload: Pick<Overload, 'level' | 'leftOut' | 'observe'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** What is to be emitted at a place: an event, or the failure of the whole room. */
type Settled<Other> =
  | { readonly event: InferEvent<Other> /** Series that is over with it. */; readonly ended?: string }
  | { readonly error: unknown };

interface Job<Other> {
  readonly ready: WindowReady;
  readonly settle: (result: Settled<Other>) => void;
}

/**
 * Gathers windows across series and partitions into batches and runs them, as many side by side as there are workers for. Events
 * of a series come out in the order in which they came in; one without a series (a rewind) waits for all before it, and all after it
 * wait for it. What is in here is bounded by the credits of the topology.
 */
export function infer<Other extends { readonly kind: string; readonly series?: string }>(
  options: InferOptions,
): OperatorFunction<WindowReady | Other, InferEvent<Other>> {
  return (events) =>
    new Observable<InferEvent<Other>>((subscriber) => {
      let ended = false;
      const completeIfDone = () => {
        if (ended && order.size === 0) subscriber.complete();
      };
      const order = new SeriesOrder<Settled<Other>>((settled) => {
        if ('error' in settled) return subscriber.error(settled.error);
        if (settled.ended !== undefined) skipped.forget(settled.ended);
        subscriber.next(settled.event);
      });
      const batcher = new Batcher<Job<Other>>({
        sizeMax: options.batchWindowsMax,
        waitMsMax: options.batchWaitMsMax,
        batchesMax: options.batchesMax,
        clock: options.clock,
        run: async (jobs, waitedMs) => {
          const saturated = batcher.size >= options.batchWindowsMax;
          await runBatch(jobs, { waitedMs, saturated }, options, skipped).catch((error) => subscriber.error(error));
          completeIfDone();
        },
      });
      const skipped = new SkippedRows();
      const subscription = events.subscribe({
        next: (event) => {
          if (isWindow(event)) {
            const { series } = event.window;
            batcher.push(series, { ready: event, settle: order.admit(series) });
          } else if (event.series === undefined) order.barrier({ event });
          else order.admit(event.series)({ event, ended: event.series });
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          ended = true;
          completeIfDone();
        },
      });
      return () => {
        subscription.unsubscribe();
        batcher.close();
      };
    });
}

const isWindow = (event: { readonly kind: string }): event is WindowReady => event.kind === 'window';

/** Settles every job. */
async function runBatch<Other>(
  jobs: readonly Job<Other>[],
  { waitedMs, saturated }: { readonly waitedMs: number; readonly saturated: boolean },
  options: InferOptions,
  skipped: SkippedRows,
): Promise<void> {
  const { telemetry, overload } = options;
  telemetry.observe('batch_windows', jobs.length);
  telemetry.observe('batch_wait_ms', waitedMs);
  overload.observe({ lagMs: lagOf(jobs, options.clock.nowMs()), saturated });
  const { level, leftOut } = overload;
  const chosen: { readonly job: Job<Other>; readonly window: Window; readonly level: number }[] = [];
  for (const job of jobs) {
    const { window, origin } = job.ready;
    const own = origin?.isFresh === true ? level : 0;
    if (own > 0) telemetry.count('windows_degraded_total');
    if (own > 0 && leftOut.includes('longer_stride') && skipped.add(window))
      job.settle({ event: { kind: 'skipped', window } });
    else chosen.push({ job, window: skipped.takeInto(window), level: own });
  }
  if (chosen.length === 0) return;
  const asked = chosen.map(({ window, level: own }) => planWindow(window, own > 0 ? leftOut : []));
  try {
    const results = await options.infer(asked);
    chosen.forEach(({ job, window, level: own }, i) => {
      job.settle({ event: eventOf(window, results[i] ?? null, own, options) });
    });
  } catch (error) {
    for (const { job } of chosen) job.settle({ error });
  }
}

function eventOf<Other>(
  window: Window,
  result: PlanResult | null,
  level: number,
  { modelVersion, quantileLevels }: InferOptions,
): InferEvent<Other> {
  if (result === null) return { kind: 'failed', window };
  return { kind: 'inference', inference: { window, modelVersion, quantileLevels, level, ...result } };
}

/** Of the window that is latest among those that may be degraded. */
function lagOf(jobs: readonly { readonly ready: WindowReady }[], nowMs: number): number | null {
  let lagMs: number | null = null;
  for (const { ready } of jobs) {
    const { arrivedMs = null, isFresh = false } = ready.origin ?? {};
    if (isFresh && arrivedMs !== null) lagMs = Math.max(lagMs ?? 0, nowMs - arrivedMs);
  }
  return lagMs;
}

const planWindow = (
  { series, endMs, newRows, observedFraction, values, location, scale, ahead }: Window,
  leftOut: Overload['leftOut'],
): PlanWindow => ({
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
});
