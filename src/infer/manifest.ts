import { join } from 'node:path';
import { z } from 'zod';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { transforms } from '../core/transform.ts';
import { cellFeatureCount, tokenFeatureCount } from '../diffusion/call.ts';
import type { NetworkShape } from '../diffusion/network.ts';
import { tasks } from '../diffusion/task.ts';
import { timeFeatureCount } from '../diffusion/time-features.ts';
import { gapsSchema } from './gap-tensors.ts';

const natural = z.number().int().nonnegative();
const upTo = (max: number) => z.number().int().min(1).max(max);
const score = z.object({ model: z.number(), base: z.number() });

const figure = z.number().nullable();
const law = z.object({
  crps: figure.describe('In units of the channel training standard deviation, over the levels .05 ... .95.'),
  mae: figure,
  coverage90: figure,
});
const tested = z.object({ cells: natural, model: law, baselines: z.record(z.string(), law) });
const test = z.object({
  rows: natural,
  from: z.string(),
  to: z.string(),
  imputation: tested.nullable(),
  forecast: tested.nullable(),
});
export type TestMetrics = z.output<typeof test>;

/** manifest.json of a model package: everything but the numbers in weights.safetensors. */
export const manifestSchema = z.object({
  schema_version: z.literal(1),
  version: z.string().regex(/^[0-9a-f]{12}$/),
  pipeline: z.string(),
  channels: z
    .array(
      z.object({
        name: z.string(),
        unit: z.string(),
        kind: z.enum(['gauge', 'flag', 'command']),
        transform: z.enum(transforms).optional(),
        known_ahead: z.boolean().optional(),
        rate: z.boolean().optional().describe('Values are the rate of a counter.'),
      }),
    )
    .min(1)
    .max(400),
  active: z.array(natural),
  step_ms: z.number().positive(),
  length_steps: upTo(4096),
  horizon_steps: upTo(4096),
  periods_ms: z.array(z.number().positive()),
  network: z.object({
    width: upTo(1024),
    blocks: upTo(64),
    patch_steps: upTo(64),
    cell_features: natural,
    token_features: natural,
    time_features: natural,
    tasks: natural,
  }),
  ridge: z.object({
    lags: natural,
    cross_channel: z.boolean(),
    planned: z.array(natural).min(1).optional().describe('Active channels whose plans are inputs.'),
  }),
  cross_groups: z.array(z.array(natural)),
  score_groups: z
    .array(z.object({ name: z.string(), channels: z.array(natural) }))
    .optional()
    .describe('Channels that are judged together, by their place among the channels.'),
  gaps: gapsSchema.optional(),
  classes: z.array(z.object({ name: z.string(), series: z.array(z.string()) })).optional(),
  schedule: z.object({ parameterisation: z.literal('edm'), sigma_data: z.literal(1), null_sigma: z.number() }),
  series: z.array(z.string()),
  trained: z.object({
    fingerprint: z.string().describe('SHA-256 of the gridded values with the names and starts of their series.'),
    data: z.string().optional().describe('Where they came from.'),
    rows: natural,
    from: z.string(),
    to: z.string(),
    fitted_rows: natural.optional().describe('Of all rows: those that the weights and bases were fitted to.'),
    validation_rows: natural.optional(),
    steps: natural,
    best_step: natural
      .optional()
      .describe('After how many steps validation was best: those weights are in the package.'),
    seconds: z.number(),
    engine: z.string(),
    seed: z.number().int(),
  }),
  metrics: z
    .object({
      impute: score,
      forecast: score,
      score,
      cross: score,
      test: test.nullable().optional().describe('On the newest rows, which nothing was fitted to.'),
    })
    .describe('Validation CRPS in residual units: the model, and its base with a zero head; and the test.'),
});
export type Manifest = z.output<typeof manifestSchema>;

/** Reads manifest.json of the package in `dir`. Errors: MODEL_INVALID, with the file and what is wrong in it. */
export function parseManifest(bytes: Uint8Array, dir: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DriftcastError('MODEL_INVALID', `reading ${join(dir, 'manifest.json')}: ${messageOf(cause)}`, { cause });
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new DriftcastError('MODEL_INVALID', `reading ${join(dir, 'manifest.json')}: ${issues.join('; ')}`, {
      hint: 'Train the model again with this version.',
    });
  }
  const contradiction = contradictionIn(parsed.data);
  if (contradiction !== null) {
    throw new DriftcastError('MODEL_INVALID', `reading ${join(dir, 'manifest.json')}: ${contradiction}`, {
      hint: 'Train the model again with this version.',
    });
  }
  return parsed.data;
}

/** What no single key of the manifest can tell; null: nothing is wrong. */
function contradictionIn({
  channels,
  active,
  network,
  length_steps: length,
  horizon_steps: horizon,
  periods_ms: periods,
  ridge,
  cross_groups: groups,
  gaps,
  classes,
  score_groups: scoreGroups = [],
}: Manifest): string | null {
  if (active.some((c, d) => c >= channels.length || c <= (active[d - 1] ?? -1)))
    return `active: expected ascending indices below ${channels.length}`;
  if (length % network.patch_steps !== 0) return 'length_steps: expected a multiple of network.patch_steps';
  if (horizon >= length) return 'horizon_steps: expected less than length_steps';
  if (ridge.lags >= length - horizon) return 'ridge.lags: expected fewer than the rows before the horizon';
  if (
    network.cell_features !== cellFeatureCount(gaps !== undefined) ||
    network.token_features !== tokenFeatureCount ||
    network.tasks !== tasks.length + (classes?.length ?? 0)
  )
    return 'network: the inputs are those of another version';
  if (ridge.planned?.some((d) => channels[active[d] ?? -1]?.known_ahead !== true))
    return 'ridge.planned: expected active channels with known_ahead';
  if (groups.flat().some((d) => d >= active.length) || new Set(groups.flat()).size !== groups.flat().length)
    return 'cross_groups: expected disjoint groups of active channels';
  if (scoreGroups.some(({ channels: own }) => own.some((c) => c >= channels.length)))
    return `score_groups: expected indices below ${channels.length}`;
  if (network.time_features !== timeFeatureCount(periods)) return 'network.time_features: does not fit periods_ms';
  return null;
}

export function networkShapeOf(manifest: Manifest): NetworkShape {
  const n = manifest.network;
  return {
    length: manifest.length_steps,
    channels: manifest.active.length,
    patch: n.patch_steps,
    width: n.width,
    blocks: n.blocks,
    cellFeatures: n.cell_features,
    tokenFeatures: n.token_features,
    timeFeatures: n.time_features,
    tasks: n.tasks,
  };
}
