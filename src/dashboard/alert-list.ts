import type { AlertTransition } from '../core/alert.ts';
import { byReference, type OfReferences, referenceNames } from '../core/reference-names.ts';
import type { ReferenceVerdict, RowVerdict } from '../core/verdict.ts';
import { contributionView } from './series-track.ts';
import { type AlertView, type ReferenceView, toCell } from './view.ts';

/** The newest alerts, one entry an alert, at most `alertsMax`. Transitions that come again change nothing. */
export interface AlertList {
  /** False when the list already knows better. */
  apply(transition: AlertTransition, version: number): boolean;
  /** What the references say of rows of a series, where they are of one of its anomalies: whether they would have alarmed too. */
  compare(series: string, rows: readonly RowVerdict[], version: number): void;
  /** Alerts changed after `version`, newest first. -1: all. */
  since(version: number): AlertView[];
}

interface Entry {
  readonly transition: AlertTransition;
  readonly version: number;
  readonly references: OfReferences<ReferenceView> | null;
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
      const known = entries.get(transition.id);
      if (known !== undefined && !supersedes(transition, known.transition)) return false;
      entries.set(transition.id, { transition, version, references: known?.references ?? null });
      if (entries.size > alertsMax) dropOne();
      return true;
    },
    compare(series, rows, version) {
      for (const [id, entry] of entries) {
        const { transition, references } = entry;
        if (transition.series !== series || transition.kind !== 'anomaly') continue;
        const next = rows.filter((row) => isOf(transition, row)).reduce(compared, references);
        if (next !== references) entries.set(id, { transition, version, references: next });
      }
    },
    since: (version) =>
      [...entries.values()]
        .filter((entry) => entry.version > version)
        .sort(({ transition: a }, { transition: b }) => b.startMs - a.startMs || (a.id < b.id ? -1 : 1))
        .map(alertView),
  };
}

function supersedes(next: AlertTransition, known: AlertTransition): boolean {
  if (next.timeMs !== known.timeMs) return next.timeMs > known.timeMs;
  return stateRank[next.state] > stateRank[known.state];
}

const isOf = ({ startMs, timeMs, state }: AlertTransition, row: RowVerdict): boolean =>
  row.timeMs >= startMs && (state !== 'resolved' || row.timeMs <= timeMs);

/** With one more row; the same where that changes nothing. */
function compared(before: OfReferences<ReferenceView> | null, { references }: RowVerdict): typeof before {
  if (references === undefined) return before;
  const after = byReference((name) => withRow(before?.[name] ?? null, references[name]));
  return before !== null && referenceNames.every((name) => after[name] === before[name]) ? before : after;
}

function withRow(before: ReferenceView | null, row: ReferenceVerdict): ReferenceView {
  const pValue = Number.isNaN(row.score) ? 1 : row.pValue;
  const minPValue = toCell(Math.min(before?.minPValue ?? 1, pValue));
  const alarm = before?.alarm === true || row.alarm;
  const learning = (before?.learning ?? true) && row.learning;
  const isSame = before?.minPValue === minPValue && before.alarm === alarm && before.learning === learning;
  return isSame ? before : { minPValue, alarm, learning };
}

const alertView = ({ transition, references }: Entry): AlertView => ({
  ...transition,
  peakScore: toCell(transition.peakScore),
  minPValue: toCell(transition.minPValue),
  channels: transition.channels.map(contributionView),
  references,
});
