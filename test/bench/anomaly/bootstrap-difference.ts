import { createRng } from '../../../src/core/rng.ts';

/** Mean difference over files and the central 95 % of what other draws of files would have given. */
export interface Difference {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly files: number;
}

const resamples = 4000;

/** Percentile bootstrap (Efron 1979) of the mean of a - b over pairs; NaN without any. The same pairs give the same interval. */
export function bootstrapDifference(pairs: readonly (readonly [a: number, b: number])[]): Difference {
  const differences = pairs.map(([a, b]) => a - b).filter(Number.isFinite);
  const count = differences.length;
  if (count === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN, files: 0 };
  const rng = createRng(20_261_123);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += differences[rng.integer(count)];
    return sum / count;
  }).sort();
  return {
    mean: differences.reduce((a, b) => a + b, 0) / count,
    low: means[Math.floor(0.025 * resamples)],
    high: means[Math.ceil(0.975 * resamples) - 1],
    files: count,
  };
}
