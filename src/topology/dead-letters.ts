import type { DeadLetter } from '../core/dead-letter.ts';
import type { Window } from '../core/window.ts';
import type { RefusedPlan } from '../window/assembler.ts';

/** A window that no worker could run. */
export function failedLetter(window: Window): DeadLetter {
  return {
    reason: 'inference_failed',
    detail: `series ${window.series}, window ending ${new Date(window.endMs).toISOString()}: no worker could run it`,
    position: null,
    key: window.series,
    raw: null,
    timeMs: window.endMs,
  };
}

/** A plan for a time so far ahead that it is not kept. */
export function refusedPlanLetter({ reading, newestMs }: RefusedPlan): DeadLetter {
  const { series, timeMs, position } = reading;
  const far = Number.isFinite(newestMs)
    ? `is ${timeMs - newestMs} ms ahead of the newest reading`
    : 'is one of more rows than are kept, and nothing was read yet';
  return {
    reason: 'plan_too_far_ahead',
    detail: `series ${series}: the plan for ${new Date(timeMs).toISOString()} ${far}; raise window.plan_ahead_ms, or publish later`,
    position,
    key: series,
    raw: null,
    timeMs,
  };
}
