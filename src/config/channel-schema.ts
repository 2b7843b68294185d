import { z } from 'zod';
import { transforms } from '../core/transform.ts';

export const channelSchema = z
  .strictObject({
    name: z.string().min(1).max(128).describe('Name of the channel as it comes in the messages.'),
    unit: z.string().max(32).default('').describe('Unit, shown to people.'),
    kind: z
      .enum(['gauge', 'flag', 'command'])
      .default('gauge')
      .describe(
        'gauge: measured; flag: a state with few values; command: a set point. Flags and commands condition the model and are not scored.',
      ),
    aggregate: z
      .enum(['last', 'mean', 'min', 'max', 'sum', 'rate'])
      .default('last')
      .describe(
        [
          'How several readings in one grid cell become one; sum counts a message that comes twice twice.',
          'rate: of a counter, what it grew by each second from the newest reading before the cell to the newest one in it.',
          'A counter that falls was restarted from zero, or has wrapped (wraps_at); the first reading gives no rate.',
          'What it grew by in a gap is spread evenly over the gap and told at its end, after gaps of up to window.silent_after_ms; after longer ones the reading counts as the first.',
          'unit is that of the rate, min and max are those of the readings. Takes effect when the model is trained.',
        ].join(' '),
      ),
    wraps_at: z
      .number()
      .nonnegative()
      .default(0)
      .describe(
        'Of a counter (aggregate: rate): it goes on from zero where it would reach this, as 32-bit counters do at 4294967296. A fall counts as a wrap where that makes it less than half of this. 0: it never wraps.',
      ),
    transform: z
      .enum(transforms)
      .default('none')
      .describe(
        'How the model sees the values: sqrt for counts and concentrations, log1p for what spans orders of magnitude. Takes effect when the model is trained.',
      ),
    min: z.number().default(-Number.MAX_VALUE).describe('Readings below are invalid.'),
    max: z.number().default(Number.MAX_VALUE).describe('Readings above are invalid.'),
    known_ahead: z
      .boolean()
      .default(false)
      .describe(
        'Of commands and flags: values come before their time, as schedules do. Forecasts are then made given the plan. A message with such channels alone is a plan: it is no sign of life, and ends no row. Takes effect when the model is trained.',
      ),
  })
  .describe('A channel of every series.');
