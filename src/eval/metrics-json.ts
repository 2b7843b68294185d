import { z } from 'zod';
import type { DistributionSummary } from './distribution-metrics.ts';
import type { EventReport } from './events.ts';

/** JSON has no NaN: a figure that is not defined (no labels, no such level) is null. */
const figure = z.number().nullable();
const count = z.number().int().nonnegative();

const distribution = z.strictObject({
  mae: figure.describe('Mean |target - median|, in units of the channel training standard deviation.'),
  rmse: figure.describe('In the same unit.'),
  crps: figure.describe('Mean quantile CRPS (mean over levels of twice the pinball loss), in the same unit.'),
  nd: figure.describe('Sum of |target - median| over the sum of |target|.'),
  coverage90: figure.describe('Share of targets within the central 90 % interval.'),
  width90: figure.describe('Mean width of that interval, in the same unit.'),
  count: count.describe('Cells that were compared.'),
  unanswered: count.describe('Cells with a known value but no prediction; in no mean.'),
});

const byHorizon = z
  .array(z.strictObject({ step: z.number().int().positive(), mae: figure, crps: figure, coverage90: figure }))
  .describe('One entry a step ahead, ascending.');

const anomalyScores = z.strictObject({
  vus_pr: figure.describe(
    "Volume under the range precision-recall surface, as TSB-AD, buffer 0 to the series' estimated period; mean over series.",
  ),
  vus_roc: figure,
  auc_pr: figure.describe('Average precision, row by row; mean over series.'),
  auc_roc: figure,
  f1: figure.describe('Of the alarms, row by row, without point adjustment; null where the method raises none.'),
  events: count.describe('Labelled events.'),
  events_found: count
    .nullable()
    .describe('Events with an alarm within [start, end + grace]; null where the method raises no alarms.'),
  delay_ms_median: figure.describe('From event start to its first alarm, over the found ones.'),
  false_alarms: count.nullable().describe('Runs of alarms that touch no event.'),
  false_alarms_per_day: figure.describe('Per series and day of event time.'),
});

const beside = <T extends z.ZodType>(scores: T) => ({
  model: scores,
  baselines: z.record(z.string(), scores).describe('References by name, on the same cells.'),
});

/** What `driftcast backtest` writes to metrics.json. A new optional field is no new version; anything else is. */
export const metricsJson = z.strictObject({
  schema_version: z.literal(1),
  pipeline: z.string(),
  model_version: z.string(),
  data: z.string().describe('Name of the data that was run.'),
  rows: count.describe('Evaluated rows over all series.'),
  series: count,
  channels: count,
  step_ms: z.number().positive(),
  start: z.iso.datetime().describe('Time stamp of the first evaluated row.'),
  end: z.iso.datetime().describe('Time stamp of the last evaluated row.'),
  quantile_levels: z.array(z.number().gt(0).lt(1)).min(1),
  imputation: z
    .strictObject({
      ...beside(distribution),
      hidden_fraction: figure.optional().describe('Share of observed cells hidden from model and references.'),
    })
    .nullable(),
  forecast: z
    .strictObject({
      ...beside(distribution),
      horizon: z.number().int().positive(),
      by_horizon: byHorizon.optional(),
      baselines_by_horizon: z.record(z.string(), byHorizon).optional(),
    })
    .nullable(),
  anomaly: z
    .strictObject({
      ...beside(anomalyScores),
      hit_rate_100: figure.optional().describe('Attribution: HitRate@100 %, where affected channels are labelled.'),
    })
    .nullable()
    .describe('null without labels.'),
  online: z
    .strictObject({
      alarm_rate_asked: z.number().gt(0).lt(1),
      alarm_rate_achieved: figure.describe(
        'Share of scored rows outside labelled events that opened or kept an alarm.',
      ),
      opened_rate_achieved: figure.describe(
        'Share of those rows with a p-value at or below the asked rate: what was asked for, without the rows that hysteresis keeps.',
      ),
      learning_rows: count.describe('Rows before enough scores were remembered; no alarm is raised then.'),
      skipped_windows: count.describe('Windows with too few observed cells.'),
    })
    .nullable(),
  drift: z
    .array(
      z.strictObject({
        series: z.string(),
        start: z.iso.datetime().describe('Since when.'),
        told: z.iso.datetime().describe('When it was found.'),
        end: z.iso.datetime().nullable().describe('null: it was so at the end.'),
        summary: z.string(),
      }),
    )
    .optional()
    .describe('What changed for good. Absent where drift is not watched.'),
});

export type MetricsJson = z.output<typeof metricsJson>;
export type DistributionJson = z.output<typeof distribution>;
export type AnomalyJson = z.output<typeof anomalyScores>;
export type HorizonJson = z.output<typeof byHorizon>[number];

/** NaN and infinities become null. */
export const figureOf = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function distributionJson(summary: DistributionSummary): DistributionJson {
  return {
    mae: figureOf(summary.mae),
    rmse: figureOf(summary.rmse),
    crps: figureOf(summary.crps),
    nd: figureOf(summary.nd),
    coverage90: figureOf(summary.coverage90),
    width90: figureOf(summary.width90),
    count: summary.count,
    unanswered: summary.unanswered,
  };
}

/** One summary a step ahead, ascending. */
export function horizonJson(summaries: readonly DistributionSummary[]): HorizonJson[] {
  return summaries.map(({ mae, crps, coverage90 }, h) => ({
    step: h + 1,
    mae: figureOf(mae),
    crps: figureOf(crps),
    coverage90: figureOf(coverage90),
  }));
}

/**
 * @param ranking means over series of the ranking areas
 * @param alarms null where the method has scores but raises no alarms
 */
export function anomalyJson(
  ranking: {
    readonly vusPr: number;
    readonly vusRoc: number;
    readonly aucPr: number;
    readonly aucRoc: number;
    readonly events: number;
  },
  alarms: { readonly report: EventReport; readonly f1: number } | null,
): AnomalyJson {
  return {
    vus_pr: figureOf(ranking.vusPr),
    vus_roc: figureOf(ranking.vusRoc),
    auc_pr: figureOf(ranking.aucPr),
    auc_roc: figureOf(ranking.aucRoc),
    f1: alarms === null ? null : figureOf(alarms.f1),
    events: ranking.events,
    events_found: alarms?.report.found ?? null,
    delay_ms_median: alarms === null ? null : figureOf(alarms.report.delayMsMedian),
    false_alarms: alarms?.report.falseAlarms.length ?? null,
    false_alarms_per_day: alarms === null ? null : figureOf(alarms.report.falseAlarmsPerDay),
  };
}
