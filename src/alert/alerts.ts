import { map, type OperatorFunction } from 'rxjs';
import type { Outcome } from '../core/alert.ts';
import type { AlertInput, AlertTracker } from './alert-tracker.ts';

/** An outcome with what it came from, so that the hold of a silence, which has no verdict, is not lost. */
export interface AlertOutput {
  readonly input: AlertInput;
  readonly outcome: Outcome;
}

/** Advances the alerts by every verdict and silence. They must come in the order of event time per series. */
export function alerts(tracker: AlertTracker): OperatorFunction<AlertInput, AlertOutput> {
  return map((input) => ({ input, outcome: tracker.advance(input) }));
}
