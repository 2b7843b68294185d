import type { Outcome } from '../core/alert.ts';
import type { SeriesState } from '../core/series-state.ts';
import type { Hold, WindowEvent } from '../core/window.ts';

/** A partition was rewound: its series go on from these states. Flows in order with the windows before and after it. */
export interface RewindEvent {
  readonly kind: 'rewind';
  readonly states: ReadonlyMap<string, SeriesState | null>;
}

export type FlowEvent = WindowEvent | RewindEvent;

/** What is to be delivered for one event of the window room. */
export interface Delivery {
  readonly series: string;
  /** Event time, unique and ascending per series. */
  readonly timeMs: number;
  readonly outcome: Outcome;
  readonly hold: Hold;
  /** Gives the hold back. */
  readonly release: () => void;
}
