import type { AlertTransition } from '../core/alert.ts';
import { contributionView } from './series-track.ts';
import { type AlertView, toCell } from './view.ts';

/** The newest alerts, one entry an alert, at most `alertsMax`. Transitions that come again change nothing. */
export interface AlertList {
  /** False when the list already knows better. */
  apply(transition: AlertTransition, version: number): boolean;
  /** Alerts changed after `version`, newest first. -1: all. */
  since(version: number): AlertView[];
}

interface Entry {
  readonly transition: AlertTransition;
  readonly version: number;
}

const stateRank = { pending: 0, firing: 1, resolved: 2 } as const;

export function createAlertList(alertsMax: number): AlertList {
  const entries = new Map<string, Entry>();

  /** Resolved ones go first, the oldest first among them. */
  function dropOne(): void {
    const all = [...entries.values()].map((entry) => entry.transition);
    const resolved = all.filter((transition) => transition.state === 'resolved');
    const oldest = (resolved.length > 0 ? resolved : all).reduce((a, b) => (b.startMs < a.startMs ? b : a));
    entries.delete(oldest.id);
  }

  return {
    apply(transition, version) {
      const known = entries.get(transition.id)?.transition;
      if (known !== undefined && !supersedes(transition, known)) return false;
      entries.set(transition.id, { transition, version });
      if (entries.size > alertsMax) dropOne();
      return true;
    },
    since: (version) =>
      [...entries.values()]
        .filter((entry) => entry.version > version)
        .map((entry) => entry.transition)
        .sort((a, b) => b.startMs - a.startMs || (a.id < b.id ? -1 : 1))
        .map(alertView),
  };
}

function supersedes(next: AlertTransition, known: AlertTransition): boolean {
  if (next.timeMs !== known.timeMs) return next.timeMs > known.timeMs;
  return stateRank[next.state] > stateRank[known.state];
}

const alertView = (transition: AlertTransition): AlertView => ({
  ...transition,
  peakScore: toCell(transition.peakScore),
  minPValue: toCell(transition.minPValue),
  channels: transition.channels.map(contributionView),
});
