import type { Verdict } from '../core/verdict.ts';
import type { Window } from '../core/window.ts';

/** Of a window that was left out under overload: what was read is told, what the model says of it comes with the next window. */
export const skippedVerdict = (window: Window, modelVersion: string): Verdict => ({
  inference: { window, modelVersion, quantileLevels: [], imputed: null, forecast: null, residual: null },
  rows: [],
});
