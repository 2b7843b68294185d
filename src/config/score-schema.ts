import { z } from 'zod';

export const scoreSchema = z
  .strictObject({
    half_life_steps: z.number().min(0).default(8).describe('Smoothing of the quick statistics of the score, rows.'),
    slow_half_life_steps: z
      .number()
      .min(0)
      .default(32)
      .describe('Smoothing of the slow ones, rows: for what is too small to show in a few rows, and stays.'),
    memory_scores: z.number().int().min(50).max(100_000).default(5000).describe('Scores remembered for the p-value.'),
    cross_groups: z
      .number()
      .int()
      .min(0)
      .max(8)
      .default(3)
      .describe(
        'Groups of channels that are masked in turn and read off the others; sees a sensor that contradicts the rest. 0: none. Takes effect when the model is trained.',
      ),
    held_out_steps_max: z
      .number()
      .int()
      .min(0)
      .default(1000)
      .describe(
        'Rows of one alarm that are not remembered, so that a fault does not hide the next one; after so many, the new state counts as ordinary.',
      ),
    held_out_ratio: z
      .number()
      .min(0)
      .default(2)
      .describe(
        'Rows that are not remembered in all, as a multiple of the rows that the opening p-value lets through: bounds false alarms on feeds that change for good, at the price that a fault like one of before may be missed while that is remembered. Large (200): as many as held_out_steps_max allows, where faults come back.',
      ),
    groups: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(64).describe('Name of the group, in the field `group` of scores.'),
          channels: z.array(z.string().min(1).max(128)).min(1).max(400).describe('Names of its channels.'),
        }),
      )
      .max(32)
      .default([])
      .describe(
        'Channels that are judged together, each group with a memory of its own, so that a fault in few of many channels is not averaged away; the measured channels that no group names are one more, `rest`. The alarms asked for are shared among them. Empty: the whole device. Groups that were not there when the model was trained learn what is ordinary from the feed.',
      ),
    references_series_max: z
      .number()
      .int()
      .min(0)
      .default(1000)
      .describe(
        'Series beside whose score a z-score and a ridge VAR without the network stand, with the same smoothing, memory and thresholds, on the live page and in the metrics; they never alert. Each takes as much memory and state of a series as the score does, so beyond this many series go without. 0: none has them.',
      ),
    top_channels: z.number().int().min(1).max(32).default(3).describe('Contributions reported.'),
  })
  .describe('From residuals to p-values.');
