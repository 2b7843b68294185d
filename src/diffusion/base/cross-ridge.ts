import { NormalEquations } from './normal-equations.ts';

/**
 * Base for a group of channels that is masked over the whole window: each is read off the channels outside the group, at the
 * same time and a few rows before. What a sensor says against what the others say of it.
 */
export interface CrossRidge {
  /** Disjoint groups of active channels; each is masked in turn. Empty: none is. */
  readonly groups: readonly (readonly number[])[];
  readonly lags: readonly number[];
  /** [channel][lags x channels + 1]: weights of the other channels (those of its own group are 0) and the intercept. */
  readonly coefficients: Float32Array;
}

const lambda = 10;
/** Lags beyond the present are read where the channels are few enough. */
const laggedChannelsMax = 64;
const valueMax = 25;

export const crossLags = (channels: number): number[] => (channels <= laggedChannelsMax ? [0, 1, 2, 4] : [0]);
export const crossFeatureCount = (channels: number): number => crossLags(channels).length * channels + 1;

/**
 * Splits the measured channels into groups so that channels that go together are apart: the most correlated pair first, each
 * channel goes where its correlation with the group's members is least.
 */
export function splitGroups(
  correlation: Float64Array,
  channels: number,
  measured: readonly boolean[],
  count: number,
): number[][] {
  const members = Array.from({ length: channels }, (_, d) => d).filter((d) => measured[d]);
  const groups = Math.min(count, members.length);
  if (groups < 2) return [];
  const out: number[][] = Array.from({ length: groups }, () => []);
  const between = (a: number, b: number) => Math.abs(correlation[a * channels + b] as number);
  const strength = (d: number) => Math.max(...members.filter((e) => e !== d).map((e) => between(d, e)));
  const sizeMax = Math.ceil(members.length / groups);
  for (const d of [...members].sort((a, b) => strength(b) - strength(a) || a - b)) {
    const cost = (group: number[]) => group.reduce((sum, e) => sum + between(d, e), 0) + 1e-3 * group.length;
    const open = out.filter((group) => group.length < sizeMax);
    (open.reduce((best, group) => (cost(group) < cost(best) ? group : best)) as number[]).push(d);
  }
  return out.map((group) => group.sort((a, b) => a - b));
}

/** Correlation of the channels over filled rows, [channel, channel]. */
export function correlationOf(
  segments: readonly { readonly filled: Float32Array; readonly usable: Uint8Array }[],
  channels: number,
): Float64Array {
  const sums = new NormalEquations(channels + 1, 1);
  const x = new Float64Array(channels + 1);
  const y = new Float64Array(1);
  for (const { filled, usable } of segments) {
    for (let row = 0; row < usable.length; row++) {
      if (usable[row] === 0) continue;
      for (let d = 0; d < channels; d++) x[d] = filled[row * channels + d] as number;
      x[channels] = 1;
      sums.add(x, y);
    }
  }
  const mean = (d: number) => (sums.gram[channels * (channels + 1) + d] as number) / Math.max(1, sums.rows);
  const covariance = (a: number, b: number) =>
    (sums.gram[Math.max(a, b) * (channels + 1) + Math.min(a, b)] as number) / Math.max(1, sums.rows) -
    mean(a) * mean(b);
  return Float64Array.from({ length: channels * channels }, (_, i) => {
    const a = Math.floor(i / channels);
    const b = i % channels;
    const scale = Math.sqrt(Math.max(covariance(a, a), 1e-12) * Math.max(covariance(b, b), 1e-12));
    return covariance(a, b) / scale;
  });
}

/** @param segments filled stretches [rows, channel]; @param usable whether a row may be a target */
export function fitCrossRidge(
  segments: readonly { readonly filled: Float32Array; readonly usable: Uint8Array }[],
  channels: number,
  groups: readonly (readonly number[])[],
  rowsMax: number,
): CrossRidge {
  const lags = crossLags(channels);
  const features = crossFeatureCount(channels);
  const coefficients = new Float32Array(channels * features);
  const rowsAll = segments.reduce((n, s) => n + s.usable.length, 0);
  const every = Math.max(1, Math.ceil(rowsAll / rowsMax));
  for (const group of groups) {
    const others = Array.from({ length: channels }, (_, d) => d).filter((d) => !group.includes(d));
    const sums = new NormalEquations(lags.length * others.length + 1, group.length);
    const x = new Float64Array(sums.features);
    const y = new Float64Array(group.length);
    for (const { filled, usable } of segments) {
      for (let row = lags.at(-1) as number; row < usable.length; row += every) {
        if (usable[row] === 0) continue;
        let i = 0;
        for (const lag of lags) for (const d of others) x[i++] = filled[(row - lag) * channels + d] as number;
        x[i] = 1;
        group.forEach((d, k) => {
          y[k] = filled[row * channels + d] as number;
        });
        sums.add(x, y);
      }
    }
    const solved = sums.solve(lambda);
    group.forEach((d, k) => {
      lags.forEach((_, l) => {
        others.forEach((other, o) => {
          coefficients[d * features + l * channels + other] = solved[
            (l * others.length + o) * group.length + k
          ] as number;
        });
      });
      coefficients[d * features + features - 1] = solved[(sums.features - 1) * group.length + k] as number;
    });
  }
  return { groups, lags, coefficients };
}

/** Writes what the others say into the cells with known = 0 of the channels of `group`, [length, channel]. */
export function readAcross(
  model: CrossRidge,
  group: readonly number[],
  filled: Float32Array,
  known: Uint8Array,
  length: number,
  channels: number,
): void {
  const features = crossFeatureCount(channels);
  for (const d of group) {
    const weights = model.coefficients.subarray(d * features, (d + 1) * features);
    for (let row = 0; row < length; row++) {
      if (known[row * channels + d] === 1) continue;
      let value = weights[features - 1] as number;
      model.lags.forEach((lag, l) => {
        const from = Math.max(0, row - lag) * channels;
        // the group's own weights are 0: what stands in its cells does not matter
        for (let other = 0; other < channels; other++)
          value += (weights[l * channels + other] as number) * (filled[from + other] as number);
      });
      filled[row * channels + d] = Math.min(valueMax, Math.max(-valueMax, value));
    }
  }
}
