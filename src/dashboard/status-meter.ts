import type { Clock } from '../core/clock.ts';
import type { HealthCheck, HealthSource } from './health.ts';

/** Numbers of the running pipeline that the header shows. */
export interface PipelineStatus {
  /** Readings since the start. */
  readonly readingsTotal: number;
  readonly windowsInFlight: number;
  /** Messages not yet read, or null where the source has no such thing. */
  readonly lagMessages: number | null;
  /** Share of a finite source already read, in [0, 1], or null. */
  readonly progress: number | null;
  /** Decayed share of values within the 90 % interval that was forecast for them, or null where nothing is resolved. */
  readonly forecastCoverage90: number | null;
  /** Alarms that fired for each day of a series, decayed, or null before the first row that could. */
  readonly alarmsPerSeriesDay: number | null;
}

export interface StatusView {
  /** Wall clock of the server. */
  readonly nowMs: number;
  readonly ready: boolean;
  /** What is wrong, one line a failed check. */
  readonly problems: readonly string[];
  /** What works worse than it should. */
  readonly warnings: readonly string[];
  readonly readingsPerSecond: number | null;
  readonly pipeline: PipelineStatus | null;
}

export interface StatusMeter {
  /** Reads the status now and remembers it. */
  sample(): StatusView;
}

const lineOf = ({ name, detail }: HealthCheck): string => `${name}: ${detail}`;

interface Sample {
  readonly monotonicMs: number;
  readonly readingsTotal: number;
}

/** The rate is taken over this many samples, one a second. */
const samplesMax = 6;

export function createStatusMeter(
  clock: Clock,
  health: HealthSource,
  status: (() => PipelineStatus) | undefined,
): StatusMeter {
  const samples: Sample[] = [];

  function rate(readingsTotal: number): number | null {
    const now: Sample = { monotonicMs: clock.monotonicMs(), readingsTotal };
    const newest = samples.at(-1);
    // Pages that load at the same moment must not shorten the span over which the rate is taken.
    if (newest === undefined || now.monotonicMs - newest.monotonicMs >= 500) samples.push(now);
    if (samples.length > samplesMax) samples.shift();
    const elapsedMs = now.monotonicMs - samples[0].monotonicMs;
    return elapsedMs > 0 ? ((readingsTotal - samples[0].readingsTotal) * 1000) / elapsedMs : null;
  }

  return {
    sample() {
      const { ok, checks } = health.readiness();
      const pipeline = status?.() ?? null;
      return {
        nowMs: clock.nowMs(),
        ready: ok,
        problems: checks.filter((check) => !check.ok).map(lineOf),
        warnings: checks.filter((check) => check.ok && check.degraded === true).map(lineOf),
        readingsPerSecond: pipeline === null ? null : rate(pipeline.readingsTotal),
        pipeline,
      };
    },
  };
}
