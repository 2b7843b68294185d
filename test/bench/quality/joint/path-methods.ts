import type { Rng } from '../../../../src/core/rng.ts';
import { CallBatch, type CallInput, tokenIndex, writeCall } from '../../../../src/diffusion/call.ts';
import { logit } from '../../../../src/diffusion/logistic.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { drawCounts, type SamplerSpec } from '../../../../src/diffusion/sampler/method.ts';
import { rankTemplates, templatePaths } from '../../../../src/diffusion/sampler/rank-templates.ts';
import type { Engine } from '../../../../src/infer/engines/engine.ts';
import { lawsOf } from '../imputation/impute-windows.ts';

/** A window of the past, to take ranks from. */
export interface PastWindow {
  /** [length, channel], z units, NaN where missing. */
  readonly z: Float32Array;
  readonly startMs: number;
}

export interface PathContext {
  readonly engine: Engine;
  readonly model: Model;
  readonly samples: number;
  readonly suffixRows: number;
  readonly past: readonly PastWindow[];
  readonly rng: Rng;
}

/** Sample paths of one call, [sample, time, channel], z units. */
export type PathMethod = (input: CallInput, context: PathContext) => Promise<Float32Array>;

/** Every cell on its own: what marginals alone know. */
export const independent: PathMethod = async (input, { engine, model, samples, suffixRows, rng }) => {
  const [law] = await lawsOf(engine, model, [input], { suffixRows });
  const cells = law.location.length;
  return Float32Array.from(
    { length: samples * cells },
    (_, i) => law.location[i % cells] + law.scale[i % cells] * logit(rng.uniform()),
  );
};

/** Marginals of one call, ranks of past windows under the same mask. The templates are as many as the samples. */
export function throughTemplates(): PathMethod {
  let suffixRanks: ReturnType<typeof rankTemplates> | null = null;
  return async (input, context) => {
    const { engine, model, suffixRows, past, rng } = context;
    const [law] = await lawsOf(engine, model, [input], { suffixRows });
    const known = suffixRows > 0 ? suffixRanks : null; // a suffix is always the same mask: its ranks are made once
    const ranks = known ?? rankTemplates(await pastResiduals(input, context), law.location.length, rng);
    if (suffixRows > 0) suffixRanks = ranks;
    if (past.length === 0) throw new Error('no past windows to take ranks from');
    return templatePaths(ranks, law);
  };
}

/** (x - location) / scale of the past windows where the call at hand generates, [window, cell]. */
async function pastResiduals(
  { generated, task }: CallInput,
  { engine, model, suffixRows, past }: PathContext,
): Promise<Float32Array> {
  const inputs = past.map(({ z, startMs }): CallInput => {
    const hidden = Uint8Array.from(z, (value, i) => (generated[i] === 1 || Number.isNaN(value) ? 1 : 0));
    return { z, generated: task === 'impute' ? hidden : generated, task, startMs };
  });
  const laws = await lawsOf(engine, model, inputs, { suffixRows });
  const cells = generated.length;
  const out = new Float32Array(past.length * cells).fill(Number.NaN);
  past.forEach(({ z }, k) => {
    const { location, scale } = laws[k];
    for (let i = 0; i < cells; i++) if (generated[i] === 1) out[k * cells + i] = (z[i] - location[i]) / scale[i];
  });
  return out;
}

/** The reverse process of the model. */
export function reverseProcess(sampler: SamplerSpec): PathMethod {
  return async (input, { engine, model, samples, suffixRows, rng }) => {
    const { shape, basis } = model;
    const cells = shape.length * shape.channels;
    const single = new CallBatch(shape, 1);
    writeCall(single, 0, basis, input, { suffixRows });
    const count = drawCounts(sampler);
    const draw = (n: number, one: () => number) => Float32Array.from({ length: samples * n * cells }, one);
    const draws = {
      logistic: draw(count.logistic, () => logit(rng.uniform())),
      normal: draw(count.normal, () => rng.normal()),
    };
    const paths = await engine.paths(single, sampler, draws, samples);
    const r = basis.residualScale[input.task];
    return Float32Array.from({ length: samples * cells }, (_, i) => {
      const cell = i % cells;
      const d = cell % shape.channels;
      const at = i - cell + tokenIndex(shape, Math.floor(cell / shape.channels), d);
      return single.base[cell] + r[d] * single.spread[cell] * paths[at];
    });
  };
}
