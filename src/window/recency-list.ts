interface Link<T> {
  readonly value: T;
  older: Link<T> | null;
  newer: Link<T> | null;
}

/** Values in the order of their last use; every operation is O(1), and using a value again allocates nothing. */
export class RecencyList<T extends object> {
  private readonly links = new Map<T, Link<T>>();
  private oldestLink: Link<T> | null = null;
  private newestLink: Link<T> | null = null;

  get size(): number {
    return this.links.size;
  }

  /** The value unused for longest; null if there is none. */
  get oldest(): T | null {
    return this.oldestLink?.value ?? null;
  }

  /** Adds the value, or makes it the most recently used one. */
  touch(value: T): void {
    if (this.newestLink?.value === value) return;
    let link = this.links.get(value);
    if (link === undefined) {
      link = { value, older: null, newer: null };
      this.links.set(value, link);
    } else {
      this.unlink(link);
    }
    link.older = this.newestLink;
    if (this.newestLink === null) this.oldestLink = link;
    else this.newestLink.newer = link;
    this.newestLink = link;
  }

  delete(value: T): void {
    const link = this.links.get(value);
    if (link === undefined) return;
    this.unlink(link);
    this.links.delete(value);
  }

  private unlink(link: Link<T>): void {
    if (link.older === null) this.oldestLink = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === null) this.newestLink = link.older;
    else link.newer.older = link.older;
    link.older = null;
    link.newer = null;
  }
}
