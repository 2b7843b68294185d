import { z } from 'zod';
import { driftActions } from '../core/drift.ts';
import { durationMs } from './duration-ms.ts';

export const driftSchema = z
  .strictObject({
    action: z
      .enum(driftActions)
      .default('retrain')
      .describe(
        [
          'What is done about a channel that has changed for good (its level, its trend, the course of its day, its noise), besides telling it as an alert of kind drift.',
          'retrain: ask for a new model; meanwhile the normaliser follows at its own pace.',
          'adapt: the normaliser takes the new state for ordinary at once.',
          'hold: the normaliser stays with what was before, until the channel is as before.',
          'off: drift is not watched.',
        ].join(' '),
      ),
    block_ms: durationMs
      .default(0)
      .describe('A season: blocks of this length are compared. 0: a day, or 24 rows where that is longer.'),
    reference_blocks: z
      .number()
      .int()
      .min(3)
      .max(60)
      .default(7)
      .describe('Blocks at the start of a series that say what is ordinary.'),
  })
  .describe('Drift, told apart from anomalies: what stays for two blocks.');
