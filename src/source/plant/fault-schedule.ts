import { createRng, type Rng, seedOf } from '../../core/rng.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './disturbance.ts';
import type { Fault, PlantOptions } from './plant.ts';

/** What a plant can suffer. */
export interface FaultKind {
  readonly kind: string;
  /** The channels of one occurrence, by name. */
  channels(rng: Rng): readonly string[];
  /** Share of the fault's duration after which a good monitor has noticed it. */
  readonly detectWithinShare: number;
}

/** A fault with the random draws that give it its individual shape. */
export interface PlannedFault extends Fault {
  /** Uniform in (0, 1): severity within the kind's range. */
  readonly severity: number;
  readonly sign: 1 | -1;
}

export interface FaultAt {
  readonly fault: PlannedFault;
  /** How far the fault has come, in [0, 1). */
  readonly progress: number;
}

export const FAULT_FREE_MS = DAY_MS;
export const FAULT_GAP_MS_MIN = 12 * HOUR_MS;
const FAULT_MS_MIN = 2 * HOUR_MS;
const FAULT_MS_MAX = 6 * HOUR_MS;

/** The faults of one series, without end: kinds come as a reshuffled deck, so that each comes once before any comes twice. */
export function* faultSchedule(
  options: Pick<PlantOptions, 'seed' | 'startMs'>,
  series: string,
  kinds: readonly FaultKind[],
  extraGapMeanMs: number,
): Generator<PlannedFault, never> {
  const rng = createRng(seedOf(options.seed, series, 'faults'));
  const wholeMinutes = (ms: number) => Math.round(ms / MINUTE_MS) * MINUTE_MS;
  let fromMs = options.startMs + FAULT_FREE_MS;
  for (;;) {
    for (const kind of shuffled(kinds, rng)) {
      const startMs = fromMs + wholeMinutes(-Math.log(rng.uniform()) * extraGapMeanMs);
      const durationMs = wholeMinutes(FAULT_MS_MIN + rng.uniform() * (FAULT_MS_MAX - FAULT_MS_MIN));
      const endMs = startMs + durationMs;
      yield {
        kind: kind.kind,
        series,
        startMs,
        endMs,
        channels: kind.channels(rng),
        detectWithinMs: wholeMinutes(durationMs * kind.detectWithinShare),
        severity: rng.uniform(),
        sign: rng.uniform() < 0.5 ? -1 : 1,
      };
      fromMs = endMs + FAULT_GAP_MS_MIN;
    }
  }
}

/** Answers which fault is active, for times that never go back. */
export function faultCursor(schedule: Iterator<PlannedFault, never>): (timeMs: number) => FaultAt | null {
  let next = schedule.next().value;
  return (timeMs) => {
    while (timeMs >= next.endMs) next = schedule.next().value;
    if (timeMs < next.startMs) return null;
    return { fault: next, progress: (timeMs - next.startMs) / (next.endMs - next.startMs) };
  };
}

/** The labelled events that start before `endMs`. */
export function faultsUntil(schedule: Iterator<PlannedFault, never>, endMs: number): Fault[] {
  if (!Number.isFinite(endMs)) throw new RangeError('faultsOf: a run without end has no finite list of faults');
  const faults: Fault[] = [];
  for (;;) {
    const { severity: _, sign: __, ...fault } = schedule.next().value;
    if (fault.startMs >= endMs) return faults;
    faults.push({ ...fault, endMs: Math.min(fault.endMs, endMs) });
  }
}

function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
