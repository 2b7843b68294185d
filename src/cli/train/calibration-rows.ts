import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { scoresNeeded } from '../../score/options.ts';
import type { Stretch } from './replay-windows.ts';
import { shareOut } from './share-out.ts';
import type { SplitSeries } from './split.ts';

const windowsMax = 3000;

export interface CalibrationRows {
  readonly stretches: readonly Stretch[];
  /** What a person should know about them, or ''. */
  readonly note: string;
}

/**
 * The rows that scores are calibrated on: validation rows, on which residuals are as large as they will be in service, as many of
 * every series where there are more than are needed. Too few to show the p-value that opens an alarm: the newest training rows
 * before them are taken too.
 */
export function calibrationRows(split: readonly SplitSeries[], config: PipelineConfig): CalibrationRows {
  const heldRows = split.map(({ validation }) => validation.rows);
  const held = heldRows.reduce((a, b) => a + b, 0);
  const needed = scoresNeeded(config.alert.p_value);
  const missing = Math.max(0, needed - held);
  const trained = shareOut(
    split.map(({ train }) => train.rows),
    missing,
  );
  const places = shareOut(
    heldRows.map((rows, i) => rows + (trained[i] as number)),
    windowsMax * config.window.stride_steps,
  );
  const stretches = split.map(({ whole, testRow }, i) => ({
    series: whole,
    from: testRow - (places[i] as number),
    to: testRow,
  }));
  const added = trained.reduce((a, b) => a + b, 0);
  return {
    stretches: stretches.filter(({ from, to }) => to > from),
    note:
      added === 0
        ? ''
        : `calibration: ${held} held-out rows are too few for alert.p_value ${config.alert.p_value} (${needed} are needed); ${added} training rows beside them make p-values a little too small at first`,
  };
}
