import type { Residual } from '../core/inference.ts';
import { byReference, type OfReferences, referenceNames } from '../core/reference-names.ts';
import type { Learnt, ReferenceVerdict } from '../core/verdict.ts';
import type { GroupMark, GroupPlan, GroupSnapshot } from './group-score.ts';
import { ScoreTrack } from './score-track.ts';
import type { Parts } from './statistics.ts';

/** What each goes by: how far a value is from its long-run mean, and what the base leaves without the network. */
export const referenceParts: OfReferences<(residual: Residual) => Parts | null> = {
  ridge_var: ({ base }) => (base === undefined ? null : { squared: base }),
  z_score: ({ level }) => (level === undefined ? null : { squared: level.map((z) => z * z), level }),
};

/** Plain methods beside the model on one series, each with the smoothing, the memory and the alarm of a score. Nothing depends on them. */
export class References {
  readonly #tracks: OfReferences<ScoreTrack>;

  constructor(plans: OfReferences<readonly GroupPlan[]>, tracks = byReference((name) => new ScoreTrack(plans[name]))) {
    this.#tracks = tracks;
  }

  get learnt(): OfReferences<Learnt> {
    return byReference((name) => this.#tracks[name].learnt);
  }

  interrupt(): void {
    for (const name of referenceNames) this.#tracks[name].interrupt();
  }

  /** What takes the rows of one window in, in their order. */
  over(residual: Residual | null): (row: number) => OfReferences<ReferenceVerdict> {
    const parts = byReference((name) => residual && referenceParts[name](residual));
    return (row) =>
      byReference((name) => {
        const track = this.#tracks[name];
        const { learning } = track;
        const own = parts[name];
        const told = own && track.advance(own, row);
        if (told === null) return { score: Number.NaN, pValue: 1, alarm: false, learning };
        const { score, pValue, alarm } = told;
        return { score, pValue, alarm, learning };
      });
  }

  mark(): OfReferences<readonly GroupMark[]> {
    return byReference((name) => this.#tracks[name].mark());
  }

  /** Marks written down; null when they were taken too long ago. */
  snapshotAt(marks: OfReferences<readonly GroupMark[]>): OfReferences<readonly GroupSnapshot[]> | null {
    const snapshots = byReference((name) => this.#tracks[name].snapshotAt(marks[name]));
    return isComplete(snapshots) ? snapshots : null;
  }

  /** null where the snapshot is damaged. @throws DriftcastError STATE_INVALID where remembered scores are */
  static restored(
    plans: OfReferences<readonly GroupPlan[]>,
    snapshots: OfReferences<readonly GroupSnapshot[]>,
  ): References | null {
    const tracks = byReference((name) => ScoreTrack.restored(plans[name], snapshots?.[name]));
    return isComplete(tracks) ? new References(plans, tracks) : null;
  }
}

const isComplete = <T>(parts: OfReferences<T | null>): parts is OfReferences<T> =>
  referenceNames.every((name) => parts[name] !== null);
