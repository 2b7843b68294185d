/** A queue that serves its keys in turns: one that brings much waits for itself, not the others for it. First in, first out within a key. */
export class FairQueue<T> {
  /** The key whose turn it is comes first: a Map keeps the order of insertion. */
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(key: string, item: T): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [item]);
    else queue.push(item);
    this.#size++;
  }

  /** At most `countMax` items, one of every key before a second of any. */
  take(countMax: number): T[] {
    const taken: T[] = [];
    while (taken.length < countMax) {
      const next = this.#queues.entries().next();
      if (next.done) break;
      const [key, queue] = next.value;
      taken.push(queue.shift() as T);
      this.#queues.delete(key);
      if (queue.length > 0) this.#queues.set(key, queue);
    }
    this.#size -= taken.length;
    return taken;
  }
}
