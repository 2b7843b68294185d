import type { PlanBook } from './plan-book.ts';
import { RecencyList } from './recency-list.ts';

/** Plans by the names of their series, of one partition. */
type Plans = Map<string, PlanBook>;

/**
 * The plans of series that are not live, over all partitions: a schedule that comes at midnight waits for the first reading of the
 * morning. Bounded; the one that was published least recently is given up.
 */
export class WaitingPlans {
  private readonly recency = new RecencyList<PlanBook>();
  private readonly homes = new Map<PlanBook, Plans>();

  constructor(private readonly booksMax: number) {}

  get size(): number {
    return this.recency.size;
  }

  /** The series of this plan is not live, or is not any more; something was published, or the silence began. */
  wait(plans: Plans, book: PlanBook): void {
    if (book.size === 0) {
      this.giveUp(plans, book);
      return;
    }
    this.homes.set(book, plans);
    this.recency.touch(book);
    const { oldest } = this.recency;
    if (oldest !== null && this.recency.size > this.booksMax) this.giveUp(this.homes.get(oldest) as Plans, oldest);
  }

  /** The series is live: it keeps its plan itself. */
  leave(book: PlanBook): void {
    this.homes.delete(book);
    this.recency.delete(book);
  }

  /** What was planned up to `row`, for nobody, is forgotten. */
  dropThrough(plans: Plans, row: number): void {
    for (const book of plans.values()) {
      if (this.homes.get(book) !== plans) continue;
      book.dropThrough(row);
      if (book.size === 0) this.giveUp(plans, book);
    }
  }

  private giveUp(plans: Plans, book: PlanBook): void {
    plans.delete(book.series);
    this.leave(book);
  }
}
