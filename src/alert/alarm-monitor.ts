import type { Outcome } from '../core/alert.ts';
import type { Telemetry } from '../core/telemetry.ts';

const dayMs = 86_400_000;
/** What happened a week ago counts half. */
const halfLifeMs = 7 * dayMs;
const publishEveryVerdicts = 64;

/**
 * How often alarms come, over all series since the pipeline was started: alarms that fired for each day of scored rows of a series,
 * decayed in event time. True alarms count too: nobody tells it which they are. It only watches: no result depends on it.
 */
export class AlarmMonitor {
  readonly #telemetry: Pick<Telemetry, 'gauge'>;
  #firings = 0;
  #seriesMs = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  #verdicts = 0;

  constructor(telemetry: Pick<Telemetry, 'gauge'>) {
    this.#telemetry = telemetry;
  }

  /** Days of rows of one series that the rate is of, decayed. */
  get seriesDays(): number {
    return this.#seriesMs / dayMs;
  }

  /** null before the first row that could have raised an alarm. */
  get alarmsPerSeriesDay(): number | null {
    return this.#seriesMs === 0 ? null : this.#firings / this.seriesDays;
  }

  readonly add = ({ verdict, alerts }: Outcome): void => {
    for (const { kind, state } of alerts) if (kind === 'anomaly' && state === 'firing') this.#firings++;
    if (verdict === null) return;
    const { endMs, stepMs } = verdict.inference.window;
    if (endMs > this.#newestMs) {
      const left = 2 ** (-(endMs - this.#newestMs) / halfLifeMs);
      this.#firings *= this.#newestMs === Number.NEGATIVE_INFINITY ? 1 : left;
      this.#seriesMs *= left;
      this.#newestMs = endMs;
    }
    for (const { learning, score } of verdict.rows) if (!learning && Number.isFinite(score)) this.#seriesMs += stepMs;
    const rate = this.alarmsPerSeriesDay;
    if (this.#verdicts++ % publishEveryVerdicts === 0 && rate !== null)
      this.#telemetry.gauge('alarms_per_series_day', rate);
  };
}
