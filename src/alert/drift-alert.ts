import type { AlertState } from '../core/alert.ts';
import type { DriftFinding } from '../core/drift.ts';

/** An alert for channels of a series that are not what they were. Plain and JSON-able, immutable. */
export interface OpenDrift {
  /** When the first of them changed. */
  readonly startMs: number;
  /** What was told last; of a resolved alert that is what it was about. */
  readonly findings: readonly DriftFinding[];
}

export interface DriftStep {
  /** null: none is open (any more). */
  readonly open: OpenDrift | null;
  /** What is to be told, and about what. */
  readonly transition: { readonly state: AlertState; readonly drift: OpenDrift } | null;
}

const keyOf = ({ channel, kind }: DriftFinding): string => `${channel} ${kind}`;

/**
 * One look at the findings of a series. A change that joins an open alert is told under its name; one that leaves it only shortens
 * the list, until the last one is gone.
 */
export function advanceDrift(before: OpenDrift | null, findings: readonly DriftFinding[]): DriftStep {
  if (findings.length === 0)
    return { open: null, transition: before === null ? null : { state: 'resolved', drift: before } };
  const known = new Set(before?.findings.map(keyOf));
  const open: OpenDrift = {
    startMs: before?.startMs ?? Math.min(...findings.map(({ sinceMs }) => sinceMs)),
    findings,
  };
  const isNews = findings.some((finding) => !known.has(keyOf(finding)));
  return { open, transition: isNews ? { state: 'firing', drift: open } : null };
}
