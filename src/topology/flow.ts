import type { Outcome } from '../core/alert.ts';
import type { SeriesState } from '../core/series-state.ts';
import type { Hold, WindowEvent } from '../core/window.ts';
import type { WindowInput } from '../window/assembler.ts';

/** A partition was rewound: its series go on from these states. Flows in order with the windows before and after it. */
export interface RewindEvent {
  readonly kind: 'rewind';
  readonly states: ReadonlyMap<string, SeriesState | null>;
}

/** What flows into the window room. */
export type FlowInput =
  /** `arrivedMs`: wall clock at which the message of the reading came, where that tells how far behind this process is. */
  | (WindowInput & { readonly arrivedMs?: number | null })
  /** The windows that were left for later are made. */
  | { readonly kind: 'visit'; readonly arrivedMs: number | null }
  | RewindEvent;

export type FlowEvent = WindowEvent | RewindEvent;

/** What is to be delivered for one event of the window room. */
export interface Delivery {
  readonly series: string;
  /** Event time, unique and ascending per series. */
  readonly timeMs: number;
  readonly outcome: Outcome;
  readonly hold: Hold;
  /** Gives the hold back; null: what it holds is still to come. */
  readonly release: (() => void) | null;
  /** How many it gives back. */
  readonly credits: number;
}
