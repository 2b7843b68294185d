/** A maximal run of ones in a 0/1 vector; both ends inclusive. */
export interface LabelEvent {
  readonly start: number;
  readonly end: number;
}

/** The maximal runs of non-zero entries of `flags` [time], ascending. */
export function labelEvents(flags: ArrayLike<number>): LabelEvent[] {
  const events: LabelEvent[] = [];
  let start = -1;
  for (let i = 0; i <= flags.length; i++) {
    const on = i < flags.length && flags[i] !== 0;
    if (on && start < 0) start = i;
    if (!on && start >= 0) {
      events.push({ start, end: i - 1 });
      start = -1;
    }
  }
  return events;
}
