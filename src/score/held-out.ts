/** What is left out of a series' memory. Plain and JSON-able. */
export interface HeldOut {
  /** Rows of the open alarm so far. */
  readonly alarmRows: number;
  /** Rows that may still be left out. */
  readonly allowance: number;
}

export interface HeldOutRule {
  /** Rows of one alarm left out at most; beyond, the new state is taken for what is ordinary now. */
  readonly rowsMax: number;
  /** Rows left out for every row remembered, in the long run. */
  readonly share: number;
}

/**
 * Whether a row of an alarm is left out of the memory, so that one fault does not hide the next, and the state after it. What is left
 * out keeps p-values low, which makes more alarms, which leave out more: on real feeds that ran away to a fifth of all rows. So rows
 * are left out on an allowance that remembered rows earn: the rate of false alarms stays below the one asked for plus `share`.
 */
export function holdOut(before: HeldOut, alarm: boolean, { rowsMax, share }: HeldOutRule): HeldOut & { held: boolean } {
  const alarmRows = alarm ? before.alarmRows + 1 : 0;
  const held = alarm && alarmRows <= rowsMax && before.allowance >= 1;
  const allowance = held ? before.allowance - 1 : Math.min(rowsMax, before.allowance + share);
  return { alarmRows, allowance, held };
}

/** A series starts with what the reference scores of its model have earned. */
export const heldOutAtStart = (references: number, { rowsMax, share }: HeldOutRule): HeldOut => ({
  alarmRows: 0,
  allowance: Math.min(rowsMax, share * references),
});
