import { meanHitRate } from '../../../../src/eval/attribution.ts';
import { eventReport } from '../../../../src/eval/events.ts';
import { labelEvents } from '../../../../src/eval/label-events.ts';
import { pointF1 } from '../../../../src/eval/point-f1.ts';
import { rankingAreas } from '../../../../src/eval/pr-auc.ts';
import { vus } from '../../../../src/eval/vus.ts';
import type { AnomalyFile } from '../data/anomaly-file.ts';
import { askedPValue } from '../settings.ts';

/** What a detector said of every row of a file. */
export interface Detection {
  /** [row]; NaN where nothing could be said. */
  readonly score: Float64Array;
  /** [row], 1 where nothing was said. */
  readonly pValue: Float64Array;
  /** [row], 1 where the online threshold asks for an alarm. */
  readonly alarm: Uint8Array;
  /** [row], 1 where too few scores were known for the rate asked. */
  readonly learning: Uint8Array;
  /** [row, channel], what a channel contributes; NaN where it is not scored. Absent: the detector blames nobody. */
  readonly blame?: Float32Array;
}

/** How good a detector was on a file. A figure that makes no sense there is NaN. */
export interface DetectorFigures {
  readonly vus_pr: number;
  readonly vus_roc: number;
  readonly auc_pr: number;
  /** Share of the ordinary rows after training at which an alarm would have been opened. */
  readonly opened_rate: number;
  /** Share of the ordinary rows after training that were in alarm. */
  readonly alarm_rate: number;
  /** Of the alarms at the online threshold, row by row, over the rows after training. */
  readonly f1: number;
  readonly events: number;
  readonly events_found: number;
  /** Alarms in one piece that met an event, over all of them. */
  readonly event_precision: number;
  readonly delay_rows: number;
  readonly hit_rate_100: number;
  readonly hit_rate_150: number;
}

/** Rows after an event that an alarm may still last without being false: the smoothing of the score lets go slowly. */
const graceRows = 32;

/** @param window sliding window of VUS, by TSB-AD's rule */
export function judgeDetector(file: AnomalyFile, detection: Detection, window: number): DetectorFigures {
  const at = <T extends Float64Array | Uint8Array>(values: T, rows: Int32Array): Float64Array =>
    Float64Array.from(rows, (row) => values[row]);
  const labels = at(file.labels, file.judged);
  const score = at(detection.score, file.judged);
  const volume = vus(labels, score, window);
  const live = file.judged.filter((row) => row >= file.trainRows);
  const liveLabels = at(file.labels, live);
  const alarm = at(detection.alarm, live);
  const report = eventReport(liveLabels, alarm, { stepMs: 1, graceSteps: graceRows });
  const alarms = labelEvents(alarm).length;
  const ordinary = ordinaryRows(file, live).filter((row) => detection.learning[row] === 0);
  const share = (is: (row: number) => boolean) => ordinary.filter(is).length / ordinary.length;
  const blamed = detection.blame === undefined ? [] : blamedEvents(file, detection.blame);
  return {
    vus_pr: volume.pr,
    vus_roc: volume.roc,
    auc_pr: rankingAreas(labels, score).pr,
    opened_rate: share((row) => detection.pValue[row] <= askedPValue),
    alarm_rate: share((row) => detection.alarm[row] === 1),
    f1: pointF1(liveLabels, alarm).f1,
    events: report.events.length,
    events_found: report.found,
    event_precision: (alarms - report.falseAlarms.length) / alarms,
    delay_rows: report.delayMsMedian,
    hit_rate_100: meanHitRate(blamed, 100),
    hit_rate_150: meanHitRate(blamed, 150),
  };
}

/** Rows that are neither labelled nor within the grace after a labelled one. */
function ordinaryRows({ labels }: AnomalyFile, rows: Int32Array): Int32Array {
  const near = new Uint8Array(labels.length);
  for (const { start, end } of labelEvents(labels)) near.fill(1, start, end + graceRows + 1);
  return rows.filter((row) => near[row] === 0);
}

/** Mean contribution of every channel over each labelled event whose channels are known. */
function blamedEvents({ affected, channels, rows }: AnomalyFile, blame: Float32Array) {
  const width = channels.length;
  return affected.map((event) => {
    const contributions = new Float64Array(width).fill(Number.NaN);
    for (let c = 0; c < width; c++) {
      let sum = 0;
      let count = 0;
      for (let row = event.start; row <= Math.min(event.end, rows - 1); row++) {
        const value = blame[row * width + c];
        if (Number.isNaN(value)) continue;
        sum += value;
        count++;
      }
      if (count > 0) contributions[c] = sum / count;
    }
    return { contributions, affected: event.channels };
  });
}
