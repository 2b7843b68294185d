import type { AlertTransition } from '../../core/alert.ts';
import { byReference, type OfReferences, referenceNames } from '../../core/reference-names.ts';
import type { Contribution, Verdict } from '../../core/verdict.ts';
import { estimatePeriod } from '../../eval/estimate-period.ts';
import { type EventReport, eventReport, mergeEventReports } from '../../eval/events.ts';
import { type AnomalyJson, anomalyJson, type MetricsJson } from '../../eval/metrics-json.ts';
import { pointF1 } from '../../eval/point-f1.ts';
import { rankingAreas } from '../../eval/pr-auc.ts';
import { vus } from '../../eval/vus.ts';
import type { SeriesTruth } from './truth.ts';

/** What was said of one series, row by row as in its truth. Rows that were never scored: score 0, p-value 1. */
export interface SeriesScores {
  readonly truth: SeriesTruth;
  readonly score: Float64Array;
  readonly pValue: Float64Array;
  /** 1 where a firing alert had an alarm row: what pages somebody. */
  readonly alarm: Uint8Array;
  readonly topChannels: (readonly Contribution[])[];
  /** [row]: scores with the same smoothing. */
  readonly references: OfReferences<Float64Array>;
  scored: number;
  learning: number;
  /** Rows outside labelled events that opened (p at most the asked one). */
  opened: number;
}

/** Gathers verdicts and alerts, and judges them where there are labels. */
export class AnomalyJudge {
  readonly #series = new Map<string, SeriesScores>();
  readonly #stepMs: number;
  /** The p-value that opens an alarm. */
  readonly askedPValue: number;
  readonly #graceSteps: number;
  readonly #firing = new Set<string>();
  readonly alerts: AlertTransition[] = [];
  skippedWindows = 0;

  constructor(setting: {
    readonly truth: readonly SeriesTruth[];
    readonly stepMs: number;
    readonly askedPValue: number;
    readonly graceSteps: number;
  }) {
    this.#stepMs = setting.stepMs;
    this.askedPValue = setting.askedPValue;
    this.#graceSteps = setting.graceSteps;
    for (const truth of setting.truth) {
      this.#series.set(truth.series, {
        truth,
        score: new Float64Array(truth.rows),
        pValue: new Float64Array(truth.rows).fill(1),
        alarm: new Uint8Array(truth.rows),
        topChannels: Array.from({ length: truth.rows }, () => []),
        references: byReference(() => new Float64Array(truth.rows)),
        scored: 0,
        learning: 0,
        opened: 0,
      });
    }
  }

  get series(): readonly SeriesScores[] {
    return [...this.#series.values()];
  }

  add(verdict: Verdict, alerts: readonly AlertTransition[]): void {
    const { series } = verdict.inference.window;
    const own = this.#series.get(series);
    this.alerts.push(...alerts);
    for (const alert of alerts) if (alert.series !== series) this.#follow(alert); // made room for this one
    if (own === undefined) return;
    if (verdict.inference.residual === null) this.skippedWindows++;
    for (const row of verdict.rows) {
      for (const alert of alerts) if (alert.series === series && alert.timeMs === row.timeMs) this.#follow(alert);
      const i = Math.round((row.timeMs - own.truth.startMs) / this.#stepMs);
      if (i < 0 || i >= own.truth.rows || Number.isNaN(row.score)) continue;
      own.score[i] = row.score;
      own.pValue[i] = row.pValue;
      own.topChannels[i] = row.topChannels;
      for (const name of referenceNames) {
        const score = row.references?.[name].score ?? Number.NaN;
        if (!Number.isNaN(score)) own.references[name][i] = score;
      }
      own.alarm[i] = row.alarm && this.#firing.has(series) ? 1 : 0;
      if (row.learning) own.learning++;
      if (own.truth.labels?.[i] === 1) continue;
      own.scored++;
      if (row.pValue <= this.askedPValue) own.opened++;
    }
  }

  /** Alerts that came without a verdict: a series fell silent, which ends what was open on it. */
  addSilence(alerts: readonly AlertTransition[]): void {
    this.alerts.push(...alerts);
    for (const alert of alerts) this.#follow(alert);
  }

  #follow({ kind, series, state }: AlertTransition): void {
    if (kind !== 'anomaly') return;
    if (state === 'firing') this.#firing.add(series);
    else if (state === 'resolved') this.#firing.delete(series);
  }

  /** Events of one series and the alarms that met them. */
  reportOf({ truth, alarm }: SeriesScores): EventReport {
    return eventReport(truth.labels ?? new Uint8Array(truth.rows), alarm, {
      stepMs: this.#stepMs,
      graceSteps: this.#graceSteps,
    });
  }

  json(): MetricsJson['anomaly'] {
    const labelled = this.series.filter(({ truth }) => truth.labels !== null);
    if (labelled.length === 0) return null;
    const report = mergeEventReports(
      labelled.map((own) => this.reportOf(own)),
      this.#stepMs,
    );
    const concat = (pick: (own: SeriesScores) => Uint8Array) =>
      Uint8Array.from(labelled.flatMap((own) => [...pick(own)]));
    const f1 = pointF1(
      concat(({ truth }) => truth.labels as Uint8Array),
      concat(({ alarm }) => alarm),
    ).f1;
    const events = report.events.length;
    return {
      model: anomalyJson({ ...meanAreas(labelled, ({ score }) => score), events }, { report, f1 }),
      baselines: byReference(
        (name): AnomalyJson =>
          anomalyJson({ ...meanAreas(labelled, ({ references }) => references[name]), events }, null),
      ),
    };
  }

  online(): NonNullable<MetricsJson['online']> {
    const sum = (pick: (own: SeriesScores) => number) => this.series.reduce((total, own) => total + pick(own), 0);
    const quiet = sum(({ truth, alarm }) =>
      alarm.reduce((n, a, i) => n + (a === 1 && truth.labels?.[i] !== 1 ? 1 : 0), 0),
    );
    const scored = sum((own) => own.scored);
    return {
      alarm_rate_asked: this.askedPValue,
      alarm_rate_achieved: scored === 0 ? null : quiet / scored,
      opened_rate_achieved: scored === 0 ? null : sum((own) => own.opened) / scored,
      learning_rows: sum((own) => own.learning),
      skipped_windows: this.skippedWindows,
    };
  }
}

/** Means over the series of the ranking areas; VUS with the buffer that TSB-AD takes, the period of the first channel. */
function meanAreas(series: readonly SeriesScores[], pick: (own: SeriesScores) => Float64Array) {
  const areas = series.map((own) => {
    const labels = own.truth.labels as Uint8Array;
    const channels = own.truth.truth.length / own.truth.rows;
    const first = Float64Array.from({ length: own.truth.rows }, (_, row) => own.truth.truth[row * channels] as number);
    const volume = vus(labels, pick(own), estimatePeriod(first.map((v) => (Number.isNaN(v) ? 0 : v))));
    const ranking = rankingAreas(labels, pick(own));
    return { vusPr: volume.pr, vusRoc: volume.roc, aucPr: ranking.pr, aucRoc: ranking.roc };
  });
  // a series without events has no areas
  const mean = (key: keyof (typeof areas)[number]) => {
    const known = areas.map((area) => area[key]).filter(Number.isFinite);
    return known.length === 0 ? Number.NaN : known.reduce((a, b) => a + b, 0) / known.length;
  };
  return { vusPr: mean('vusPr'), vusRoc: mean('vusRoc'), aucPr: mean('aucPr'), aucRoc: mean('aucRoc') };
}
