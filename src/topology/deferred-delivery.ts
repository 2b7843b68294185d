import type { Verdict } from '../core/verdict.ts';
import type { Window } from '../core/window.ts';
import type { Delivery } from './flow.ts';

/**
 * Of a window that is put off under overload: what was read is told at once, what the model says of it comes with the next window, and
 * until then its hold stays.
 */
export function deferredDelivery(window: Window, modelVersion: string): Delivery {
  const verdict: Verdict = {
    inference: { window, modelVersion, quantileLevels: [], imputed: null, forecast: null, residual: null },
    rows: [],
    isDeferred: true,
  };
  const { series, endMs, hold } = window;
  return { series, timeMs: endMs, outcome: { verdict, alerts: [] }, hold, release: null, credits: 1 };
}
