/** One of the things that are compared. `sample` measures it once. */
export interface Side<K extends string> {
  readonly name: string;
  sample(): Promise<Readonly<Record<K, number>>>;
}

export interface Measured<K extends string> {
  readonly name: string;
  /** Over the rounds, by quantity. */
  readonly median: Readonly<Record<K, number>>;
  /** Median over the rounds of this side over the first side in the same round: what was slow for both cancels. */
  readonly ratio: Readonly<Record<K, number>>;
  /** Of each round. */
  readonly samples: readonly Readonly<Record<K, number>>[];
}

/** Measures A B C, A B C, ... after a round that only warms up. The first side is the reference of the ratios. */
export async function measureInterleaved<K extends string>(
  sides: readonly Side<K>[],
  rounds: number,
): Promise<Measured<K>[]> {
  const samples: Readonly<Record<K, number>>[][] = sides.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, side] of sides.entries()) {
      const sample = await side.sample();
      if (round > 0) samples[i].push(sample);
    }
  }
  const quantities = Object.keys(samples[0][0]) as K[];
  const overRounds = (value: (round: number, quantity: K) => number) =>
    Object.fromEntries(
      quantities.map((quantity) => [quantity, median(samples[0].map((_, round) => value(round, quantity)))]),
    ) as Record<K, number>;
  return sides.map(({ name }, i) => ({
    name,
    median: overRounds((round, quantity) => samples[i][round][quantity]),
    ratio: overRounds((round, quantity) => samples[i][round][quantity] / samples[0][round][quantity]),
    samples: samples[i],
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
