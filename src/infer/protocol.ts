import type { PlanOptions, PlanResult, PlanWindow } from './plan.ts';
import type { EngineName } from './engines/engine.ts';

/** What goes to a worker. Only typed arrays and plain values cross. */
export type ToWorker =
  | { readonly kind: 'load'; readonly modelDir: string; readonly engine: EngineName | 'auto'; readonly gpuVisible: boolean; readonly options: PlanOptions }
  | { readonly kind: 'run'; readonly batch: number; readonly windows: readonly PlanWindow[] };

/** What comes back. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly engine: EngineName; readonly device: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'done'; readonly batch: number; readonly results: readonly PlanResult[]; readonly computeMs: number }
  | { readonly kind: 'failed'; readonly batch: number; readonly message: string };

/** Buffers of results, to be transferred instead of copied. */
export function transferOf(results: readonly PlanResult[]): ArrayBuffer[] {
  return results.flatMap(({ imputed, forecast, residual }) => [
    ...(imputed ? [imputed.rows.buffer, imputed.final.buffer, imputed.quantiles.buffer] : []),
    ...(forecast ? [forecast.quantiles.buffer] : []),
    ...(residual ? [residual.squared.buffer, residual.expected.buffer, residual.halfWidth90.buffer] : []),
  ]) as ArrayBuffer[];
}
