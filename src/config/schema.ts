import { z } from 'zod';
import { channelSchema } from './channel-schema.ts';
import { driftSchema } from './drift-schema.ts';
import { durationMs } from './duration-ms.ts';
import { overloadSchema } from './overload-schema.ts';
import { scoreSchema } from './score-schema.ts';

const window = z
  .strictObject({
    step_ms: durationMs
      .refine((stepMs) => Number.isInteger(stepMs) && stepMs >= 1, 'expected whole milliseconds, at least 1ms')
      .describe('Grid step. Row r covers [r step, (r + 1) step).'),
    length_steps: z
      .number()
      .int()
      .min(16)
      .max(512)
      .default(96)
      .describe('Rows of a window: what the model sees at once. A multiple of 4.'),
    stride_steps: z
      .number()
      .int()
      .min(1)
      .max(16)
      .default(4)
      .describe('New rows between two windows of a series: how often results come.'),
    lateness_ms: durationMs
      .default(0)
      .describe(
        'How long a row stays open for readings that come late. Later ones are counted and still patch the window.',
      ),
    idle_ms: durationMs
      .default(30_000)
      .describe('A partition without messages for this long (wall clock) has its open rows closed.'),
    silent_after_ms: durationMs
      .default(0)
      .describe('A series without readings for this long (event time) is reported silent. 0: one window length.'),
    ahead_of_arrival_ms_max: durationMs
      .default(0)
      .describe(
        "How far ahead of its message's own timestamp (in Kafka: that of the record) a reading may be, where a device's clock is fast. Within this it waits for its row and closes none of the other devices of its partition; what is further ahead is dead-lettered as time_ahead_of_arrival. With devices that produce themselves, set message.timestamp.type=LogAppendTime on the topic, or their own clock is the timestamp. 0: a quarter of the window.",
      ),
    plan_ahead_ms: durationMs
      .default(0)
      .describe(
        'How far ahead of the newest reading plans of channels with known_ahead are kept; what is further is dead-lettered. Kept plans are read again at a restart. 0: two horizons of the forecast.',
      ),
    min_observed_fraction: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('Windows with fewer observed cells are marked and not inferred.'),
  })
  .describe('Event time: grid, watermark, lateness.');

const model = z
  .strictObject({
    path: z.string().default('model').describe('Folder of the model package, relative to this file.'),
    quantiles: z
      .array(z.number().gt(0).lt(1))
      .min(1)
      .max(99)
      .default([0.05, 0.25, 0.5, 0.75, 0.95])
      .describe('Quantile levels of every distribution, ascending.'),
    horizon_steps: z.number().int().min(1).max(256).default(24).describe('Rows that a forecast looks ahead.'),
    forecast_every_steps: z
      .number()
      .int()
      .min(0)
      .default(8)
      .describe('Rows between two forecasts of a series, a multiple of the stride. 0: never.'),
    impute_delay_steps: z
      .number()
      .int()
      .min(0)
      .max(256)
      .default(12)
      .describe(
        'A missing cell is imputed at once and rewritten, final, this many rows later with the context that came after it.',
      ),
    sampler: z
      .strictObject({
        method: z
          .enum(['distributional', 'ddpm', 'ddim', 'euler', 'heun', 'dpmpp_2m', 'euler_maruyama'])
          .default('dpmpp_2m')
          .describe(
            [
              'How joint paths are sampled where steps > 1.',
              'distributional: every cell is drawn from its predicted law at each level.',
              'ddpm: ancestral sampling of the discrete chain.',
              'ddim: the same chain without noise on the way.',
              'euler: the probability-flow ODE, first order.',
              'heun: the same, second order, two calls a step.',
              'dpmpp_2m: DPM-Solver++(2M), second order, one call a step; keeps the dependence between cells best in 4 to 8 steps.',
              'euler_maruyama: the reverse of the variance-preserving SDE.',
            ].join(' '),
          ),
        steps: z
          .number()
          .int()
          .min(1)
          .max(64)
          .default(1)
          .describe(
            'Steps of the reverse process, one denoiser call each (heun: two). 1: calibrated marginals in one call from pure noise, whatever the method; more: joint sample paths.',
          ),
        samples: z.number().int().min(4).max(128).default(16).describe('Paths a window where steps > 1.'),
      })
      .prefault({})
      .describe('Reverse diffusion.'),
  })
  .describe('What the model is asked for.');

const train = z
  .strictObject({
    budget_seconds: z
      .number()
      .positive()
      .default(120)
      .describe('Wall-clock seconds for the network. The bases come on top.'),
    steps_max: z.number().int().min(1).default(3000).describe('Optimiser steps at most.'),
    batch_windows: z.number().int().min(1).max(512).default(32).describe('Windows a step.'),
    width: z.number().int().min(8).max(256).default(48).describe('Features a token.'),
    blocks: z.number().int().min(1).max(8).default(2).describe('Mixer blocks.'),
    patch_steps: z
      .union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)])
      .default(4)
      .describe('Rows a token.'),
    learning_rate: z.number().positive().default(0.003).describe('Peak of the cosine schedule.'),
    weight_decay: z.number().min(0).default(0.02).describe('Decoupled (AdamW).'),
    validation_fraction: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.15)
      .describe('Share of the rows, before those of the test, for early stopping and calibration.'),
    test_fraction: z
      .number()
      .min(0)
      .lt(0.5)
      .default(0.1)
      .describe(
        'Newest share of the rows, which nothing is fitted to: the package says how good the model was there. 0: no test.',
      ),
    validate_every_steps: z
      .number()
      .int()
      .min(1)
      .default(100)
      .describe('Optimiser steps between two validations, at most.'),
    patience_validations: z
      .number()
      .int()
      .min(1)
      .default(8)
      .describe('Validations in a row without a better one, after which the learning rate goes down to an early end.'),
    checkpoint_seconds: z
      .number()
      .positive()
      .default(60)
      .describe('Between two checkpoints, which `train --resume` goes on from.'),
    gap_base: z
      .enum(['auto', 'interpolation', 'kalman'])
      .default('auto')
      .describe(
        'What the network corrects where it fills gaps: linear interpolation, or a Kalman smoother. auto: the smoother where it is clearly better on the training rows.',
      ),
    seed: z.number().int().default(1).describe('Same data, seed and engine: same model.'),
  })
  .describe('How `driftcast train` makes the model.');

const infer = z
  .strictObject({
    engine: z
      .enum(['auto', 'onnx', 'tensorflow', 'wasm'])
      .default('auto')
      .describe(
        'Compute engine; `driftcast doctor` says which ones this machine has. auto: tensorflow on a visible GPU, else onnx (on a visible GPU, else on the CPU), else tensorflow on the CPU, else wasm.',
      ),
    provider: z
      .enum(['auto', 'cpu', 'webgpu', 'cuda'])
      .default('auto')
      .describe(
        'Where the onnx engine computes; any but auto asks for that engine. auto: a visible GPU where it really computes there (cuda: with its CUDA libraries; webgpu: any GPU with a Vulkan driver), else cpu.',
      ),
    workers: z.number().int().min(0).max(64).default(0).describe('Worker threads or processes. 0: cores minus one.'),
    batch_windows_max: z.number().int().min(1).max(4096).default(32).describe('Windows of one engine call.'),
    batch_wait_ms_max: durationMs.default(20).describe('How long a window waits for company.'),
    attempts_max: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('Runs of a batch (a worker may die) before its windows go to the dead-letter sink.'),
    timeout_ms: durationMs.default(60_000).describe('A worker silent for this long on one batch is replaced.'),
    worker_memory_mb_max: z
      .number()
      .int()
      .min(0)
      .default(2048)
      .describe(
        'A worker process that has grown beyond this after a batch is replaced before the next one, at most one a minute. One whose batches need more from the start is not: it may grow by half. 0: any may be held.',
      ),
    overload: overloadSchema.prefault({}),
  })
  .describe('Workers.');

const forecast = z
  .strictObject({
    rescale: z
      .boolean()
      .default(true)
      .describe(
        'Widen or narrow the intervals of each channel and horizon by how the forecasts before came out, so that 90 % intervals cover 90 %.',
      ),
    rescale_half_life_steps: z.number().positive().default(300).describe('How fast that forgets, rows.'),
    mixture: z
      .boolean()
      .default(true)
      .describe(
        'Mix the network with its ridge base and with exponential smoothing, by how good each has been for the channel and horizon.',
      ),
    mixture_half_life_steps: z.number().positive().default(1000).describe('How fast that forgets, rows.'),
  })
  .describe(
    'What is learned online about forecasts, from those whose rows have come; with rescale and mixture off, what the network says is served as it is. Shown as the metrics driftcast_forecast_coverage_90 and driftcast_forecast_crps; where 90 % intervals cover less than 80 % or more than 98 %, /readyz names it as degraded and stays ready.',
  );

const alert = z
  .strictObject({
    p_value: z
      .number()
      .gt(0)
      .lt(0.5)
      .optional()
      .describe(
        'Opens an alarm: the share of ordinary rows that may. 0.001 where false_alarms_per_day is not given either.',
      ),
    false_alarms_per_day: z
      .number()
      .positive()
      .max(1000)
      .optional()
      .describe(
        'Instead of p_value: alarms a day that each series may raise while nothing is wrong. How many ordinary rows that is was measured when the model was trained; what comes of it is shown as driftcast_alarms_per_series_day.',
      ),
    keep_p_value: z.number().gt(0).lt(0.5).default(0.05).describe('An open alarm stays while p is at most this.'),
    pending_steps: z.number().int().min(1).default(2).describe('Alarm rows in a row before pending becomes firing.'),
    resolve_steps: z
      .number()
      .int()
      .min(1)
      .default(8)
      .describe('Ordinary rows in a row before firing becomes resolved.'),
    silent: z.boolean().default(true).describe('Whether a silent series raises an alert.'),
  })
  .describe('From p-values to alerts.');

const limits = z
  .strictObject({
    message_bytes_max: z
      .number()
      .int()
      .min(64)
      .default(1_048_576)
      .describe('Larger messages are dead-lettered unread.'),
    nesting_max: z.number().int().min(1).max(64).default(16).describe('Deeper JSON is dead-lettered.'),
    series_max: z
      .number()
      .int()
      .min(1)
      .default(10_000)
      .describe('Series held at once; beyond, the least recently active one is evicted.'),
    series_name_chars_max: z
      .number()
      .int()
      .min(1)
      .max(1024)
      .default(200)
      .describe('Longer series names are dead-lettered.'),
    future_ms_max: durationMs
      .default(3_600_000)
      .describe('Readings further ahead of the wall clock are dead-lettered.'),
    dead_letter_bytes_max: z
      .number()
      .int()
      .min(0)
      .default(65_536)
      .describe('Bytes of the original message kept in a dead letter.'),
    in_flight_windows_max: z
      .number()
      .int()
      .min(1)
      .default(512)
      .describe('Windows between source and sink; the source waits beyond.'),
    stall_ms_max: durationMs
      .default(600_000)
      .describe(
        'Work in flight of which nothing is delivered for this long means that something hangs: /healthz says so, and an orchestrator restarts the process. More than sinks retry for (retry_ms_max). A snapshot that cannot be written is tried again for as long; then the run ends.',
      ),
    shutdown_ms_max: durationMs
      .default(20_000)
      .describe(
        'How long a stop may drain before it gives up (nothing is lost: what was not delivered was not committed).',
      ),
  })
  .describe('Bounds that hold whatever comes in.');

const state = z
  .strictObject({
    path: z
      .string()
      .default('')
      .describe(
        'File of the snapshots (calibration, normaliser, alerts), relative to this file; up to twice as long as what counts in it, and a few MB; to be written anew it takes room for what counts once more. Empty: none is kept.',
      ),
    topic_prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]{0,120}$/, 'expected letters, digits, dots, dashes and underscores')
      .default('')
      .describe(
        'Instead of path, with a Kafka source: states live in compacted topics <prefix>.<topic that is read>, beside the offsets, and go with a partition from one process of the consumer group to another. Topics that are missing are created, with as many partitions as those that are read. Of this pipeline alone. Empty: none is kept there.',
      ),
    interval_ms: durationMs.default(5000).describe('Between two snapshots and commits.'),
  })
  .describe('State that replay cannot rebuild.');

const dashboard = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Serve the live page, /metrics, /healthz and /readyz.'),
    host: z.string().default('127.0.0.1').describe('Address to bind.'),
    port: z.number().int().min(0).max(65_535).default(8080).describe('0: any free one.'),
    token: z
      .string()
      .default('')
      .describe('Bearer token for everything but health; required where host is not a loopback address.'),
  })
  .describe('HTTP: live page, metrics, health.');

/** The parts of a pipeline file that do not depend on the components. */
export const baseShape = {
  schema_version: z.literal(1).default(1).describe('Version of this format.'),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes')
    .describe('Name of the pipeline: metrics, consumer group and model carry it.'),
  channels: z.array(channelSchema).min(1).max(400).describe('Channels of every series, in the order of the model.'),
  classes: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64).describe('Name of the class.'),
        series: z
          .array(z.string().min(1).max(200))
          .min(1)
          .max(1000)
          .describe('Names of its series; * stands for any characters.'),
      }),
    )
    .max(64)
    .default([])
    .describe(
      'Kinds of devices that one model serves: it learns what is particular to each. A series belongs to the first class that fits, or to none. Takes effect when the model is trained.',
    ),
  window,
  model: model.prefault({}),
  train: train.prefault({}),
  infer: infer.prefault({}),
  forecast: forecast.prefault({}),
  score: scoreSchema.prefault({}),
  alert: alert.prefault({}),
  drift: driftSchema.prefault({}),
  limits: limits.prefault({}),
  state: state.prefault({}),
  dashboard: dashboard.prefault({}),
} as const;

/** What `source`, `decode`, `sinks[]` and `dead_letter` have in common; the registry adds each type's own options. */
export const componentShape = z.looseObject({ type: z.string() });
