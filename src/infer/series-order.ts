interface Place<E> {
  readonly epoch: Epoch<E>;
  readonly series: string;
  result: { readonly event: E } | null;
}

/** What lies between two barriers. */
interface Epoch<E> {
  /** Places in the order in which they were taken, by series. */
  readonly places: Map<string, Place<E>[]>;
  /** What ends it; null while nothing does. */
  barrier: { readonly event: E } | null;
}

/**
 * Puts what is done in any order back into the order of its series. Series do not wait for each other; a barrier waits for all
 * that came before it, and all that comes after waits for the barrier.
 */
export class SeriesOrder<E> {
  readonly #emit: (event: E) => void;
  /** The first is the one that is emitted from. */
  readonly #epochs: Epoch<E>[] = [emptyEpoch()];
  #size = 0;

  constructor(emit: (event: E) => void) {
    this.#emit = emit;
  }

  /** Places that are taken and not emitted. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next place of the series. What is returned is to be called once, with what stands there. */
  admit(series: string): (event: E) => void {
    const epoch = this.#epochs.at(-1) as Epoch<E>;
    const place: Place<E> = { epoch, series, result: null };
    const places = epoch.places.get(series);
    if (places === undefined) epoch.places.set(series, [place]);
    else places.push(place);
    this.#size++;
    return (event) => {
      place.result = { event };
      if (this.#epochs[0] === epoch) this.#release(epoch, series);
      this.#passBarriers();
    };
  }

  barrier(event: E): void {
    (this.#epochs.at(-1) as Epoch<E>).barrier = { event };
    this.#epochs.push(emptyEpoch());
    this.#size++;
    this.#passBarriers();
  }

  #release({ places: all }: Epoch<E>, series: string): void {
    const places = all.get(series) ?? [];
    for (;;) {
      const result = places[0]?.result ?? null;
      if (result === null) break;
      places.shift();
      this.#size--;
      if (places.length === 0) all.delete(series);
      this.#emit(result.event);
    }
  }

  #passBarriers(): void {
    for (;;) {
      const [{ places, barrier }] = this.#epochs as [Epoch<E>];
      if (places.size > 0 || barrier === null) return;
      this.#epochs.shift();
      this.#size--;
      this.#emit(barrier.event);
      const next = this.#epochs[0] as Epoch<E>;
      for (const series of [...next.places.keys()]) this.#release(next, series);
    }
  }
}

const emptyEpoch = <E>(): Epoch<E> => ({ places: new Map(), barrier: null });
