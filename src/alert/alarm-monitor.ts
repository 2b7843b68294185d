import type { Outcome } from '../core/alert.ts';
import { byReference, type ReferenceName, referenceNames } from '../core/reference-names.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { ReferenceVerdict } from '../core/verdict.ts';

const dayMs = 86_400_000;
/** What happened a week ago counts half. */
const halfLifeMs = 7 * dayMs;
const publishEveryVerdicts = 64;

/** Rows that could raise an alarm, and those of them that were in one; decayed. */
interface Rows {
  able: number;
  inAlarm: number;
}

type ScoreName = 'model' | ReferenceName;
const scoreNames: readonly ScoreName[] = ['model', ...referenceNames];

/**
 * How often alarms come, over all series since the pipeline was started: alarms that fired for each day of scored rows of a series,
 * and the share of rows that were in one, of the references too; decayed in event time. True alarms count as well: nobody tells it
 * which they are. It only watches: no result depends on it.
 */
export class AlarmMonitor {
  readonly #telemetry: Pick<Telemetry, 'gauge'>;
  readonly #rows: Readonly<Record<ScoreName, Rows>> = {
    model: { able: 0, inAlarm: 0 },
    ...byReference(() => ({ able: 0, inAlarm: 0 })),
  };
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

  /** Share of rows in alarm, those of a pending one too; null before the first row that could be. */
  alarmRowsShare(score: ScoreName): number | null {
    const { able, inAlarm } = this.#rows[score];
    return able === 0 ? null : inAlarm / able;
  }

  readonly add = ({ verdict, alerts }: Outcome): void => {
    for (const { kind, state } of alerts) if (kind === 'anomaly' && state === 'firing') this.#firings++;
    if (verdict === null) return;
    const { endMs, stepMs } = verdict.inference.window;
    if (endMs > this.#newestMs) this.#decay(endMs);
    for (const row of verdict.rows) {
      if (canAlarm(row)) this.#seriesMs += stepMs;
      this.#count('model', row);
      if (row.references !== undefined) for (const name of referenceNames) this.#count(name, row.references[name]);
    }
    if (this.#verdicts++ % publishEveryVerdicts === 0) this.#publish();
  };

  #decay(toMs: number): void {
    const isFirst = this.#newestMs === Number.NEGATIVE_INFINITY;
    const left = isFirst ? 1 : 2 ** (-(toMs - this.#newestMs) / halfLifeMs);
    this.#firings *= left;
    this.#seriesMs *= left;
    for (const rows of Object.values(this.#rows)) {
      rows.able *= left;
      rows.inAlarm *= left;
    }
    this.#newestMs = toMs;
  }

  #count(score: ScoreName, row: ReferenceVerdict): void {
    if (!canAlarm(row)) return;
    this.#rows[score].able++;
    if (row.alarm) this.#rows[score].inAlarm++;
  }

  #publish(): void {
    const rate = this.alarmsPerSeriesDay;
    if (rate !== null) this.#telemetry.gauge('alarms_per_series_day', rate);
    for (const score of scoreNames) {
      const share = this.alarmRowsShare(score);
      if (share !== null) this.#telemetry.gauge('alarm_rows_share', share, { score });
    }
  }
}

const canAlarm = ({ learning, score }: ReferenceVerdict): boolean => !learning && Number.isFinite(score);
