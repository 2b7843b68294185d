import { createRng, seedOf } from '../core/rng.ts';
import { classOf } from '../core/series-class.ts';
import { bend, type Transform } from '../core/transform.ts';
import { CallBatch, tokenIndex, writeCall } from '../diffusion/call.ts';
import { logit } from '../diffusion/logistic.ts';
import { channelMask, forecastMask, scoreHorizons, scoreRows, suffixMask } from '../diffusion/masks.ts';
import type { Model } from '../diffusion/model.ts';
import type { Draws } from '../diffusion/program.ts';
import { drawCounts, type SamplerSpec } from '../diffusion/sampler/method.ts';
import { type Task, tasks } from '../diffusion/task.ts';
import type { Engine } from './engines/engine.ts';
import { imputeRows } from './impute-rows.ts';
import type { Call, PlanOptions, PlanResult, PlanWindow } from './plan-types.ts';
import { plannedValue, readForecast, readImputed, readResidual, standardise } from './read-back.ts';

export type { PlanOptions, PlanResult, PlanWindow } from './plan-types.ts';

/** Imputation, forecast and score of some windows: calls are gathered over windows and tasks, then read back. */
export async function inferWindows(
  engine: Engine,
  model: Model,
  options: PlanOptions,
  windows: readonly PlanWindow[],
): Promise<PlanResult[]> {
  // calls with the same label side by side: an engine runs those together
  const calls = windows
    .flatMap((window, index) => planCalls(model, options, window, index))
    .sort((a, b) => tasks.indexOf(a.task) - tasks.indexOf(b.task) || a.seriesClass - b.seriesClass);
  for (let from = 0; from < calls.length; from += options.batchCallsMax) {
    await runMarginals(engine, model, calls.slice(from, from + options.batchCallsMax));
  }
  if (options.samplerSteps > 1) {
    const joint = calls.filter(({ task }) => task === 'impute' || task === 'forecast');
    const fewer = (call: Call) => windows[call.window]?.fewerSamples === true;
    const quarter = Math.ceil(options.samplerSamples / 4);
    await drawPaths(
      engine,
      model,
      options,
      options.samplerSamples,
      joint.filter((call) => !fewer(call)),
      windows,
    );
    await drawPaths(engine, model, options, quarter, joint.filter(fewer), windows);
  }
  return windows.map((window, index) => {
    const own = calls.filter((call) => call.window === index);
    const of = (task: Task) => own.filter((call) => call.task === task);
    return {
      imputed: readImputed(model, options, window, of('impute')[0]),
      forecast: readForecast(model, options, window, of('forecast')[0]),
      residual: readResidual(model, options, window, { score: of('score'), cross: of('cross') }),
    };
  });
}

/** Normalised values of the active channels, [time, active channel]; NaN where missing. */
export function normalise(model: Model, window: PlanWindow): Float32Array {
  const { active } = model.basis;
  const { length } = model.shape;
  const channels = window.location.length;
  const z = new Float32Array(length * active.length);
  active.forEach((c, d) => {
    const location = window.location[c] as number;
    const scale = window.scale[c] as number;
    const transform = model.basis.transforms[c] as Transform;
    for (let t = 0; t < length; t++) {
      z[t * active.length + d] = standardise(
        bend(transform, window.values[t * channels + c] as number),
        location,
        scale,
      );
    }
  });
  return z;
}

/** What is planned for the rows of the horizon, normalised, [row, active channel]; NaN where nothing is. */
export function normalisePlan({ basis }: Model, window: PlanWindow): Float32Array {
  const { active, horizon } = basis;
  const z = new Float32Array(horizon * active.length).fill(Number.NaN);
  for (let h = 0; h < horizon; h++) {
    active.forEach((c, d) => {
      const bent = bend(basis.transforms[c] as Transform, plannedValue(basis, window, h, c));
      z[h * active.length + d] = standardise(bent, window.location[c] as number, window.scale[c] as number);
    });
  }
  return z;
}

function planCalls(model: Model, options: PlanOptions, window: PlanWindow, index: number): Call[] {
  const { length, channels } = model.shape;
  const { stepMs, horizon, measured } = model.basis;
  if (window.observedFraction < options.minObservedFraction || channels === 0) return [];
  const z = normalise(model, window);
  const startMs = window.endMs - (length - 1) * stepMs;
  const seriesClass = classOf(model.basis.classes, window.series);
  const make = (
    task: Task,
    input: Float32Array,
    generated: Uint8Array,
    start: number,
    suffixRows: number,
    group: readonly number[] = [],
  ): Call => ({
    window: index,
    task,
    seriesClass,
    z: input,
    generated,
    startMs: start,
    suffixRows,
    group,
    base: new Float32Array(length * channels),
    location: new Float32Array(length * channels),
    scale: new Float32Array(length * channels),
    samples: [],
  });
  const calls: Call[] = [];
  const { rows } = imputeRows(length, window.newRows, options.imputeDelaySteps);
  if (!window.scoreOnly && rows.some((t) => z.subarray(t * channels, (t + 1) * channels).some(Number.isNaN))) {
    calls.push(
      make(
        'impute',
        z,
        Uint8Array.from(z, (v) => (Number.isNaN(v) ? 1 : 0)),
        startMs,
        0,
      ),
    );
  }
  const endRow = Math.round(window.endMs / stepMs);
  if (!window.scoreOnly && options.forecastEverySteps > 0 && (endRow + 1) % options.forecastEverySteps === 0) {
    const ahead = new Float32Array(z.length).fill(Number.NaN);
    ahead.set(z.subarray(horizon * channels));
    ahead.set(normalisePlan(model, window), (length - horizon) * channels);
    const generated = forecastMask(ahead, length, channels, horizon, model.basis.planned);
    calls.push(make('forecast', ahead, generated, startMs + horizon * stepMs, horizon));
  }
  for (const rowsMasked of options.scoreHorizons ?? scoreHorizons) {
    // a row that is scored is masked, however short the window: what the model saw it does not reconstruct
    const suffix = Math.max(scoreRows(rowsMasked, length), window.newRows);
    if (options.scoreParts.includes('score'))
      calls.push(make('score', z, suffixMask(length, channels, suffix, measured), startMs, suffix));
  }
  for (const group of options.scoreParts.includes('cross') ? model.basis.cross.groups : []) {
    calls.push(make('cross', z, channelMask(length, channels, group), startMs, 0, group));
  }
  return calls;
}

function batchOf(model: Model, calls: readonly Call[]): CallBatch {
  const batch = new CallBatch(model.shape, calls.length);
  calls.forEach((call, i) => {
    writeCall(batch, i, model.basis, call, { suffixRows: call.suffixRows, group: call.group });
  });
  return batch;
}

async function runMarginals(engine: Engine, model: Model, calls: readonly Call[]): Promise<void> {
  const { length, channels } = model.shape;
  const cells = length * channels;
  const batch = batchOf(model, calls);
  const law = await engine.marginals(batch);
  calls.forEach((call, i) => {
    const r = model.basis.residualScale[call.task];
    call.base.set(batch.base.subarray(i * cells, (i + 1) * cells));
    for (let t = 0; t < length; t++) {
      for (let d = 0; d < channels; d++) {
        const at = i * cells + tokenIndex(model.shape, t, d);
        const cell = t * channels + d;
        const unit = (r[d] as number) * (batch.spread[i * cells + cell] as number);
        call.location[cell] = (batch.base[i * cells + cell] as number) + unit * (law.location[at] as number);
        call.scale[cell] = unit * (law.scale[at] as number);
      }
    }
  });
}

/** Joint paths of the calls, as many calls in a run as the limit allows. */
async function drawPaths(
  engine: Engine,
  model: Model,
  options: PlanOptions,
  samples: number,
  calls: readonly Call[],
  windows: readonly PlanWindow[],
): Promise<void> {
  const perRun = Math.max(1, Math.floor(options.batchCallsMax / samples));
  for (let from = 0; from < calls.length; from += perRun)
    await runPaths(engine, model, options, samples, calls.slice(from, from + perRun), windows);
}

async function runPaths(
  engine: Engine,
  model: Model,
  options: PlanOptions,
  samples: number,
  calls: readonly Call[],
  windows: readonly PlanWindow[],
): Promise<void> {
  const { length, channels } = model.shape;
  const cells = length * channels;
  const sampler: SamplerSpec = { method: options.samplerMethod, steps: options.samplerSteps };
  const batch = batchOf(model, calls);
  const draws = drawsOf(model, sampler, samples, calls, windows);
  const paths = await engine.paths(batch, sampler, draws, samples);
  calls.forEach((call, i) => {
    const r = model.basis.residualScale[call.task];
    call.samples = Array.from({ length: samples }, (_, k) => {
      const row = (i * samples + k) * cells;
      const path = new Float32Array(cells);
      for (let t = 0; t < length; t++) {
        for (let d = 0; d < channels; d++) {
          const cell = t * channels + d;
          const unit = (r[d] as number) * (batch.spread[i * cells + cell] as number);
          path[cell] =
            (batch.base[i * cells + cell] as number) + unit * (paths[row + tokenIndex(model.shape, t, d)] as number);
        }
      }
      return path;
    });
  });
}

/** Draws of every path. They are a function of what is sampled, not of the batch it came in: a replay gives the same result. */
function drawsOf(
  model: Model,
  sampler: SamplerSpec,
  samples: number,
  calls: readonly Call[],
  windows: readonly PlanWindow[],
): Draws<Float32Array> {
  const count = drawCounts(sampler);
  const perPath = model.shape.length * model.shape.channels;
  const draws = {
    logistic: new Float32Array(calls.length * samples * count.logistic * perPath),
    normal: new Float32Array(calls.length * samples * count.normal * perPath),
  };
  calls.forEach((call, i) => {
    const { series, endMs } = windows[call.window] as PlanWindow;
    const rng = createRng(seedOf(model.version, series, endMs, call.task));
    const fill = (values: Float32Array, draw: () => number) => {
      const own = values.length / calls.length;
      for (let k = i * own; k < (i + 1) * own; k++) values[k] = draw();
    };
    fill(draws.logistic, () => logit(rng.uniform()));
    fill(draws.normal, () => rng.normal());
  });
  return draws;
}
