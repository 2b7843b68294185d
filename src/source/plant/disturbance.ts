import type { Rng } from '../../core/rng.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** A stationary first-order autoregressive disturbance: zero mean, standard deviation `sd`, correlation 1/e after `tauSteps`. */
export function autoregressive(rng: Rng, sd: number, tauSteps: number): () => number {
  const keep = Math.exp(-1 / tauSteps);
  const kick = sd * Math.sqrt(1 - keep * keep);
  let state = sd * rng.normal();
  return () => {
    state = keep * state + kick * rng.normal();
    return state;
  };
}

/** Bursts that come about every `meanGapSteps`, with Pareto height (heavy tail, cut at `heightMax`), and decay over `tauSteps`. */
export function bursts(rng: Rng, meanGapSteps: number, heightMax: number, tauSteps: number): () => number {
  const keep = Math.exp(-1 / tauSteps);
  let state = 0;
  return () => {
    state *= keep;
    const starts = rng.uniform() < 1 / meanGapSteps;
    const height = 0.25 * rng.uniform() ** (-1 / 1.6);
    if (starts) state = Math.max(state, Math.min(height, heightMax));
    return state;
  };
}

/** One step of a first-order lag towards `target` with time constant `tauSteps`. */
export const lag = (state: number, target: number, tauSteps: number): number =>
  state + (target - state) * (1 - Math.exp(-1 / tauSteps));

export interface Peak {
  readonly hour: number;
  readonly widthHours: number;
  readonly height: number;
}

/** Sum of bell curves over the (UTC) day, continuous at midnight. */
export function dailyCurve(timeMs: number, peaks: readonly Peak[]): number {
  const hour = (timeMs % DAY_MS) / HOUR_MS;
  let sum = 0;
  for (const peak of peaks) {
    const apart = Math.abs(hour - peak.hour);
    const distance = Math.min(apart, 24 - apart) / peak.widthHours;
    sum += peak.height * Math.exp(-0.5 * distance * distance);
  }
  return sum;
}

/** Monday 0 ... Sunday 6, UTC. The epoch was a Thursday. */
export const weekday = (timeMs: number): number => (Math.floor(timeMs / DAY_MS) + 3) % 7;

export const isWeekend = (timeMs: number): boolean => weekday(timeMs) >= 5;
