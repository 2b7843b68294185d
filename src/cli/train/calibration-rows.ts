import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { scoresNeeded } from '../../score/options.ts';
import { openingPValue } from '../../topology/opening-p-value.ts';
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
 * The rows that scores are calibrated on: validation rows, on which residuals are as large as they will be in service, and before
 * them the newest training rows, as many of every series where there are more than are needed. Real feeds come in spells: the ordinary
 * size of a residual over a few hundred rows is not that of the weeks before and after (on SMD, levels of the held-out rows alone rank
 * half as well). What p-values are ranked among at first are the newest of these rows.
 */
export function calibrationRows(split: readonly SplitSeries[], config: PipelineConfig): CalibrationRows {
  const heldRows = split.map(({ validation }) => validation.rows);
  const held = heldRows.reduce((a, b) => a + b, 0);
  // a rate asked for is taken at its strictest: how many rows an alarm takes is not known before
  const needed = scoresNeeded(openingPValue(config, 1));
  const wanted = windowsMax * config.window.stride_steps;
  const trained = shareOut(
    split.map(({ train }) => train.rows),
    Math.max(0, Math.max(needed, wanted) - held),
  );
  const places = shareOut(
    heldRows.map((rows, i) => rows + (trained[i] as number)),
    Math.max(needed, wanted),
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
      held >= needed
        ? ''
        : `calibration: ${held} held-out rows are too few for the alarms that are asked for (${needed} are needed); ${added} training rows beside them make p-values a little too small at first`,
  };
}
