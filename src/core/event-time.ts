import type { WindowEvent } from './window.ts';

/**
 * The event time of what flows out of the window room, unique and ascending per series: a window's newest row, or the
 * instant at which the series was found silent. `takeState(series, timeMs)` of window, score and alert asks by it.
 */
export function eventTimeMs(event: WindowEvent): number {
  return event.kind === 'window' ? event.window.endMs : event.lastMs + event.silentForMs;
}
