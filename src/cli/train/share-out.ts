/**
 * Shares a bounded number of places out among owners: everyone gets what it asks for, or as many as all others who would have
 * more. No owner gets more than it asked for, all places are used where that many were asked for, and the first owners get the
 * ones that cannot be divided.
 */
export function shareOut(asked: readonly number[], places: number): number[] {
  const given = asked.map(() => 0);
  let left = places;
  let open = [...asked.keys()].filter((i) => (asked[i] as number) > 0);
  while (open.length > 0 && left > 0) {
    const each = Math.floor(left / open.length);
    if (each === 0) {
      for (const i of open.slice(0, left)) given[i] = (given[i] as number) + 1;
      return given;
    }
    for (const i of open) {
      const more = Math.min(each, (asked[i] as number) - (given[i] as number));
      given[i] = (given[i] as number) + more;
      left -= more;
    }
    open = open.filter((i) => (given[i] as number) < (asked[i] as number));
  }
  return given;
}
