import { z } from 'zod';
import { type ComponentContext, defineSource, type Source } from '../core/component.ts';
import { DriftcastError } from '../core/errors.ts';
import { recogniseTime } from '../core/recognise-time.ts';
import { createFeedSource, type FeedItem } from './feed-source.ts';
import { DAY_MS } from './plant/disturbance.ts';
import { rowMessage } from './plant/plant.ts';
import { plantNames, plants } from './plant/plants.ts';

/** A Monday: weeks of synthetic data begin with it. */
export const simulationStart = '2026-01-05T00:00:00Z';

export const simulateOptions = z.strictObject({
  plant: z.enum(plantNames).default('pump-station').describe('Which synthetic plant runs.'),
  seed: z.number().int().default(1).describe('Same seed and options, same feed.'),
  days: z.number().positive().max(3660).default(7).describe('Length of the feed in days of event time.'),
  steps: z
    .number()
    .int()
    .positive()
    .max(10_000_000)
    .optional()
    .describe('Length in steps of the plant, instead of days.'),
  start: z.string().max(64).default(simulationStart).describe('Event time of the first row, ISO 8601.'),
  faults: z
    .boolean()
    .default(true)
    .describe('Whether the plant breaks now and then. false: a clean history to train on.'),
  dropouts: z.boolean().default(true).describe('Whether sensors and buses fall silent now and then.'),
  speed: z.number().min(0).default(0).describe('Multiple of real time. 0: as fast as the pipeline takes it.'),
});
export type SimulateOptions = z.output<typeof simulateOptions>;

/** Messages for the `json` decoder in wide layout: {"time": epoch ms, "series": "...", "<channel>": number or null, ...}. */
export const simulateSource = defineSource({
  kind: 'source',
  type: 'simulate',
  summary: 'A synthetic plant in this process: seeded, with faults and dropouts; needs no server.',
  options: simulateOptions,
  examples: [
    { plant: 'pump-station', days: 14, seed: 7 },
    { plant: 'server', speed: 60, faults: false },
  ],
  build: buildSimulateSource,
});

function buildSimulateSource(options: SimulateOptions, context: ComponentContext): Source {
  const plant = plants[options.plant];
  const startMs = recogniseTime(options.start, 'iso');
  if (startMs === null) {
    throw new DriftcastError('CONFIG_INVALID', `source simulate: start "${options.start}" is not an ISO 8601 time`, {
      hint: `Write it like ${simulationStart}.`,
    });
  }
  const steps = options.steps ?? Math.max(1, Math.round((options.days * DAY_MS) / plant.stepMs));
  let reachedMs = startMs;
  function* feed(): Generator<FeedItem> {
    for (const row of plant.generate({ ...options, startMs: startMs as number, steps })) {
      reachedMs = Math.max(reachedMs, row.timeMs);
      const value = Buffer.from(JSON.stringify(rowMessage(plant, row)));
      yield { key: row.series, value, timestampMs: row.timeMs };
    }
    reachedMs = Number.POSITIVE_INFINITY;
  }
  return createFeedSource({
    topic: 'simulate',
    clock: context.clock,
    speed: options.speed,
    open: feed,
    progress: () => Math.min(1, (reachedMs - startMs) / (steps * plant.stepMs)),
  });
}
