import type { ErrorCode } from '../core/errors.ts';
import type { EngineName, OnnxProvider } from './engines/engine.ts';
import type { PlanOptions, PlanResult, PlanWindow } from './plan.ts';
import type { WorkerMemory } from './worker-memory.ts';

/** What goes to a worker. Only typed arrays and plain values cross. */
export type ToWorker =
  | {
      readonly kind: 'load';
      readonly modelDir: string;
      /** Any other is refused: the folder may have changed since the pipeline started. */
      readonly modelVersion?: string;
      readonly engine: EngineName | 'auto';
      readonly provider?: OnnxProvider;
      readonly options: PlanOptions;
    }
  | { readonly kind: 'run'; readonly batch: number; readonly windows: readonly PlanWindow[] };

/** What comes back. */
export type FromWorker =
  | {
      readonly kind: 'ready';
      readonly engine: EngineName;
      readonly device: string;
      /** After the warm-up. */
      readonly memory?: WorkerMemory;
    }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string; readonly hint: string }
  | {
      readonly kind: 'done';
      readonly batch: number;
      readonly results: readonly PlanResult[];
      readonly computeMs: number;
      readonly memory?: WorkerMemory;
    }
  | {
      readonly kind: 'failed';
      readonly batch: number;
      readonly message: string;
      readonly memory?: WorkerMemory;
    };

/** Buffers of results, to be transferred instead of copied. */
export function transferOf(results: readonly PlanResult[]): ArrayBuffer[] {
  return results.flatMap(({ imputed, forecast, residual }) => [
    ...(imputed ? [imputed.rows.buffer, imputed.final.buffer, imputed.quantiles.buffer] : []),
    ...(forecast
      ? [
          forecast.quantiles.buffer,
          ...Object.values(forecast.laws ?? {}).flatMap(({ location, scale }) => [location.buffer, scale.buffer]),
        ]
      : []),
    ...(residual
      ? [
          residual.squared.buffer,
          ...(residual.bias ? [residual.bias.buffer] : []),
          ...(residual.base ? [residual.base.buffer] : []),
          ...(residual.level ? [residual.level.buffer] : []),
          residual.expected.buffer,
          residual.halfWidth90.buffer,
        ]
      : []),
  ]) as ArrayBuffer[];
}
