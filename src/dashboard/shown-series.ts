import type { SeriesTrack } from './series-track.ts';

/** Decides which series the page holds when there are more than fit: alarmed and asked-for ones stay, ordinary ones wait. */
export interface ShownSeries {
  /** Rises whenever the set of names changes. */
  readonly version: number;
  readonly hidden: number;
  get(name: string): SeriesTrack | undefined;
  /**
   * The track of a series, made if it is new and there is room or something less interesting to give up; null otherwise.
   * `urgent`: it is in alarm now. `nowMs`: event time; tracks that stopped long before give way to anyone.
   */
  admit(name: string, urgent: boolean, nowMs: number, version: number): SeriesTrack | null;
  /** Keeps a series in sight, now or as soon as it is heard of, until the returned function is called. */
  pin(name: string): () => void;
  all(): IterableIterator<SeriesTrack>;
}

/** How many names of series that are not shown are remembered, only to count them. */
const hiddenNamesMax = 10_000;

export const createShownSeries = (
  shownMax: number,
  staleAfterMs: number,
  create: (name: string) => SeriesTrack,
): ShownSeries => new RankedShownSeries(shownMax, staleAfterMs, create);

class RankedShownSeries implements ShownSeries {
  version = 0;
  private readonly tracks = new Map<string, SeriesTrack>();
  private readonly hiddenNames = new Set<string>();
  private readonly pins = new Map<string, number>();

  constructor(
    private readonly shownMax: number,
    private readonly staleAfterMs: number,
    private readonly create: (name: string) => SeriesTrack,
  ) {}

  get hidden(): number {
    return this.hiddenNames.size;
  }

  get(name: string): SeriesTrack | undefined {
    return this.tracks.get(name);
  }

  admit(name: string, urgent: boolean, nowMs: number, version: number): SeriesTrack | null {
    const known = this.tracks.get(name);
    if (known !== undefined) return known;
    if (this.tracks.size >= this.shownMax) {
      const leaving = this.victim(urgent || this.pins.has(name), nowMs);
      if (leaving === null) {
        this.hide(name);
        return null;
      }
      this.tracks.delete(leaving.name);
      if (!this.isStale(leaving, nowMs)) this.hide(leaving.name);
    }
    const track = this.create(name);
    this.tracks.set(name, track);
    this.hiddenNames.delete(name);
    this.version = version;
    return track;
  }

  pin(name: string): () => void {
    this.pins.set(name, (this.pins.get(name) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const count = (this.pins.get(name) ?? 1) - 1;
      if (count > 0) this.pins.set(name, count);
      else this.pins.delete(name);
    };
  }

  all(): IterableIterator<SeriesTrack> {
    return this.tracks.values();
  }

  /** The least interesting track that may go. */
  private victim(urgent: boolean, nowMs: number): SeriesTrack | null {
    let best: SeriesTrack | null = null;
    let bestRank = Number.NEGATIVE_INFINITY;
    for (const track of this.tracks.values()) {
      if (this.pins.has(track.name)) continue;
      const stale = this.isStale(track, nowMs);
      if (!stale && (!urgent || track.urgent)) continue;
      const rank = (stale ? 2 : 0) + track.pValue;
      if (rank > bestRank) [best, bestRank] = [track, rank];
    }
    return best;
  }

  private isStale(track: SeriesTrack, nowMs: number): boolean {
    return track.timeMs !== null && track.timeMs < nowMs - this.staleAfterMs;
  }

  private hide(name: string): void {
    if (this.hiddenNames.size < hiddenNamesMax) this.hiddenNames.add(name);
  }
}
