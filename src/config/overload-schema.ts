import { z } from 'zod';
import { overloadSteps } from '../core/overload-step.ts';
import { durationMs } from './duration-ms.ts';

export const overloadSchema = z
  .strictObject({
    steps: z
      .array(z.enum(overloadSteps))
      .max(overloadSteps.length)
      .default([])
      .describe(
        'What may be left out when the workers cannot keep up, first things first; none: everything is done, however late. fewer_samples: a quarter of the joint paths; longer_stride: every second window, whose rows the next one takes along; score_only: no imputation and no forecast. Each result says in `level` how many of them were left out for it.',
      ),
    lag_ms_max: durationMs
      .default(30_000)
      .describe(
        'Windows that come out later than this after their last message, for as long as this, take one step more.',
      ),
    recover_ms: durationMs
      .default(60_000)
      .describe('After so long with less than half of that, one step is taken back.'),
  })
  .describe(
    'Instead of lagging ever further behind, do less for each window. Messages that were in the topic before this process took their partition over always get everything: they may have had results before, and nothing is rewritten by something worse.',
  );
