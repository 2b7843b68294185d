/** A row of a benchmark's table: the columns are the keys, in the order of the first row. */
export type Row = Readonly<Record<string, number | string>>;

export interface BenchmarkResult {
  /** Finite positive numbers by their names in results/performance.json, unit last. */
  readonly keys: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
  /** What was left out here, and why. */
  readonly notes?: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  /** What is measured against what, and what the numbers mean; printed above the table. */
  readonly summary: string;
  /** `quick`: the same code on tiny inputs, to see that it runs; its numbers mean nothing. */
  run(quick: boolean): Promise<BenchmarkResult>;
}
