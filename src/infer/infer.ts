import { bufferTime, concatMap, filter, from, map, type Observable, type OperatorFunction } from 'rxjs';
import type { Inference } from '../core/inference.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Window, WindowEvent } from '../core/window.ts';
import type { PlanResult, PlanWindow } from './plan.ts';

type WindowReady = Extract<WindowEvent, { kind: 'window' }>;

/** What flows out of the infer room, in the order in which it came in; `Other` passes as it is. */
export type InferEvent<Other> =
  | { readonly kind: 'inference'; readonly inference: Inference }
  | { readonly kind: 'failed'; readonly window: Window }
  | Other;

export interface InferOptions {
  readonly infer: (windows: readonly PlanWindow[]) => Promise<readonly (PlanResult | null)[]>;
  readonly modelVersion: string;
  readonly quantileLevels: readonly number[];
  readonly batchWindowsMax: number;
  readonly batchWaitMsMax: number;
  readonly telemetry: Telemetry;
}

/**
 * Gathers windows across series and partitions into batches and runs them. Batches run side by side, results come out in
 * order; what waits here is bounded by the credits of the topology.
 */
export function infer<Other extends { readonly kind: string }>(
  options: InferOptions,
): OperatorFunction<WindowReady | Other, InferEvent<Other>> {
  return (events: Observable<WindowReady | Other>) =>
    events.pipe(
      bufferTime(options.batchWaitMsMax, undefined, options.batchWindowsMax),
      filter((batch) => batch.length > 0),
      // map starts the work at once; concatMap only puts the results in order
      map((batch) => settle(runBatch<Other>(batch, options))),
      concatMap((result) => from(result)),
      concatMap((result) => {
        if (result.error !== null) throw result.error;
        return result.events;
      }),
    );
}

interface Settled<Other> {
  readonly events: readonly InferEvent<Other>[];
  readonly error: unknown;
}

/** A promise that never rejects: batches wait for their turn, and a rejection nobody listens to yet would end the process. */
const settle = <Other>(work: Promise<readonly InferEvent<Other>[]>): Promise<Settled<Other>> =>
  work.then(
    (events) => ({ events, error: null }),
    (error: unknown) => ({ events: [], error }),
  );

const isWindow = (event: { readonly kind: string }): event is WindowReady => event.kind === 'window';

async function runBatch<Other extends { readonly kind: string }>(
  batch: readonly (WindowReady | Other)[],
  options: InferOptions,
): Promise<readonly InferEvent<Other>[]> {
  const windows = batch.flatMap((event) => (isWindow(event) ? [event.window] : []));
  options.telemetry.observe('batch_windows', windows.length);
  const results = windows.length === 0 ? [] : await options.infer(windows.map(planWindow));
  let next = 0;
  return batch.map((event): InferEvent<Other> => {
    if (!isWindow(event)) return event;
    const result = results[next++];
    if (result === undefined || result === null) return { kind: 'failed', window: event.window };
    return {
      kind: 'inference',
      inference: {
        window: event.window,
        modelVersion: options.modelVersion,
        quantileLevels: options.quantileLevels,
        ...result,
      },
    };
  });
}

const planWindow = ({
  series,
  endMs,
  newRows,
  observedFraction,
  values,
  location,
  scale,
  ahead,
}: Window): PlanWindow => ({
  series,
  endMs,
  newRows,
  observedFraction,
  values,
  location,
  scale,
  ...(ahead === undefined ? {} : { ahead }),
});
