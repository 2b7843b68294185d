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

export function createShownSeries(
  shownMax: number,
  staleAfterMs: number,
  create: (name: string) => SeriesTrack,
): ShownSeries {
  const tracks = new Map<string, SeriesTrack>();
  const hidden = new Set<string>();
  const pins = new Map<string, number>();
  let membership = 0;

  const stale = (track: SeriesTrack, nowMs: number) => track.timeMs !== null && track.timeMs < nowMs - staleAfterMs;

  /** The least interesting track that may go. */
  function victim(urgent: boolean, nowMs: number): SeriesTrack | null {
    let best: SeriesTrack | null = null;
    let bestRank = Number.NEGATIVE_INFINITY;
    for (const track of tracks.values()) {
      if (pins.has(track.name)) continue;
      const isStale = stale(track, nowMs);
      if (!isStale && (!urgent || track.urgent)) continue;
      const rank = (isStale ? 2 : 0) + track.pValue;
      if (rank > bestRank) [best, bestRank] = [track, rank];
    }
    return best;
  }

  function hide(name: string): void {
    if (hidden.size < hiddenNamesMax) hidden.add(name);
  }

  return {
    get version() {
      return membership;
    },
    get hidden() {
      return hidden.size;
    },
    get: (name) => tracks.get(name),
    admit(name, urgent, nowMs, version) {
      const known = tracks.get(name);
      if (known !== undefined) return known;
      if (tracks.size >= shownMax) {
        const leaving = victim(urgent || pins.has(name), nowMs);
        if (leaving === null) {
          hide(name);
          return null;
        }
        tracks.delete(leaving.name);
        if (!stale(leaving, nowMs)) hide(leaving.name);
      }
      const track = create(name);
      tracks.set(name, track);
      hidden.delete(name);
      membership = version;
      return track;
    },
    pin(name) {
      pins.set(name, (pins.get(name) ?? 0) + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const count = (pins.get(name) ?? 1) - 1;
        if (count > 0) pins.set(name, count);
        else pins.delete(name);
      };
    },
    all: () => tracks.values(),
  };
}
