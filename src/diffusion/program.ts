import {
  type ConditionTensors,
  createDenoiser,
  type Law,
  type Modulation,
  type NetworkShape,
  type NoiseTensors,
} from './network.ts';
import type { Ops } from './ops/ops.ts';
import { noiseFeatures, noiseFrequencies, nullSigma, precondition } from './precondition.ts';
import type { Denoise, DenoiseLaw } from './sampler/contract.ts';
import { sampleDistributional } from './sampler/distributional.ts';
import { distributionalSigmas } from './sampler/distributional-sigmas.ts';
import { drawCounts, noiseSamplers, type SamplerSpec } from './sampler/method.ts';

/** Inputs that every program takes, by name, with their shapes (-1: batch). One label for the whole batch. */
export function conditionInputs(n: NetworkShape): Record<'cells' | 'time' | 'task', number[]> {
  const tokens = n.length / n.patch;
  return {
    cells: [-1, tokens, n.channels, n.patch * n.cellFeatures + n.tokenFeatures],
    time: [-1, tokens, n.timeFeatures],
    task: [1, n.tasks],
  };
}

export type DrawName = 'logistic' | 'normal';

/** Random numbers of a path program; a kind that its sampler does not draw is absent. */
export type Draws<V> = { readonly [name in DrawName]?: V };

/** Inputs of the path program besides the condition: random arrays, [batch, path number, token, channel, patch]. */
export function pathInputs(n: NetworkShape, sampler: SamplerSpec, samples: number): Draws<number[]> {
  const { logistic, normal } = drawCounts(sampler);
  const shape = (count: number) => [-1, samples * count, n.length / n.patch, n.channels, n.patch];
  return {
    ...(logistic > 0 && { logistic: shape(logistic) }),
    ...(normal > 0 && { normal: shape(normal) }),
  };
}

/** One noise level for the whole batch, as constants of the program. */
export function constantNoise<T>(ops: Ops<T>, sigma: number): NoiseTensors<T> {
  const features = new Float32Array(2 * noiseFrequencies);
  noiseFeatures(sigma, features, 0);
  const { cIn, cSkip, cOut } = precondition(sigma);
  const scalar = (v: number) => ops.constant(new Float32Array([v]), [1, 1, 1, 1]);
  return {
    features: ops.constant(features, [1, features.length]),
    cIn: scalar(cIn),
    cSkip: scalar(cSkip),
    cOut: scalar(cOut),
  };
}

type Inputs<T> = Readonly<Record<'cells' | 'time' | 'task', T>>;

/** What a label makes of the network at the null level: the same for every window and batch, so once a label. */
export function labelProgram<T>(ops: Ops<T>, n: NetworkShape, parameter: (name: string) => T, task: T): Modulation<T> {
  return createDenoiser(ops, n, parameter, { shared: true }).modulate(task, constantNoise(ops, nullSigma));
}

/** One call from pure noise, under a label that `labelProgram` has seen to: the marginal law of every cell. */
export function marginalProgram<T>(
  ops: Ops<T>,
  n: NetworkShape,
  parameter: (name: string) => T,
  condition: ConditionTensors<T>,
  modulation: Modulation<T>,
): Law<T> {
  const denoiser = createDenoiser(ops, n, parameter, { shared: true });
  return denoiser.denoise(denoiser.embed(condition), modulation, null, constantNoise(ops, nullSigma));
}

/** The feature `generated` of every cell, [batch, token, channel, patch]: the first of the features of each row of a patch. */
function generatedCells<T>(ops: Ops<T>, n: NetworkShape, cells: T): T {
  const features = n.patch * n.cellFeatures + n.tokenFeatures;
  const selection = new Float32Array(features * n.patch);
  for (let p = 0; p < n.patch; p++) selection[p * n.cellFeatures * n.patch + p] = 1;
  return ops.linear(
    cells,
    ops.constant(selection, [features, n.patch]),
    ops.constant(new Float32Array(n.patch), [n.patch]),
  );
}

/** The network under a condition, in the words that samplers and likelihood speak. */
export interface NetworkDenoiser<T> {
  /** 1 on cells to generate, 0 on known ones, [batch, token, channel, patch]. */
  readonly generated: T;
  readonly law: DenoiseLaw<T>;
  /** Location of the law. Known cells are 0 on both sides, as in training. */
  readonly denoise: Denoise<T>;
}

/**
 * At the null level and above nothing of z is known, so the network is called as it was trained there: without z. That call, and
 * what does not depend on the noise, is made once for all `samples` paths of a row.
 */
export function networkDenoiser<T>(
  ops: Ops<T>,
  n: NetworkShape,
  parameter: (name: string) => T,
  inputs: Inputs<T>,
  samples = 1,
): NetworkDenoiser<T> {
  const denoiser = createDenoiser(ops, n, parameter, { shared: true });
  const each = (x: T) => (samples === 1 ? x : ops.repeat(x, samples));
  const embedded = denoiser.embed(inputs);
  const embeddedEach = each(embedded);
  const generated = each(generatedCells(ops, n, inputs.cells));
  const law: DenoiseLaw<T> = (z, sigma) => {
    const known = z !== null && sigma < nullSigma;
    const noise = constantNoise(ops, known ? sigma : nullSigma);
    const modulation = denoiser.modulate(inputs.task, noise);
    if (known) return denoiser.denoise(embeddedEach, modulation, ops.mul(z, generated), noise);
    const { location, scale } = denoiser.denoise(embedded, modulation, null, noise);
    return { location: each(location), scale: each(scale) };
  };
  return { generated, law, denoise: (z, sigma) => ops.mul(law(z, sigma).location, generated) };
}

/** The reverse process with all its steps: `samples` joint paths of every batch row, those of a row side by side. */
export function pathProgram<T>(
  ops: Ops<T>,
  n: NetworkShape,
  parameter: (name: string) => T,
  inputs: Inputs<T>,
  draws: Draws<T>,
  sampler: SamplerSpec,
  samples = 1,
): T {
  const { generated, law, denoise } = networkDenoiser(ops, n, parameter, inputs, samples);
  const { logistic, normal } = drawCounts(sampler);
  const cells = [n.length / n.patch, n.channels, n.patch];
  const pick = (x: T | undefined, count: number) => {
    if (x === undefined || count === 0) return [];
    const paths = ops.reshape(x, [-1, count, ...cells]);
    return Array.from({ length: count }, (_, k) => ops.reshape(ops.slice(paths, 1, k, 1), [-1, ...cells]));
  };
  const noise = pick(draws.normal, normal);
  if (sampler.method === 'distributional') {
    const sigmas = distributionalSigmas(sampler.steps);
    return sampleDistributional(ops, law, sigmas, { logistic: pick(draws.logistic, logistic), normal: noise });
  }
  const { sample, sigmas } = noiseSamplers[sampler.method];
  const levels = sigmas(sampler.steps);
  const [first, ...rest] = noise.map((x) => ops.mul(x, generated));
  return sample(ops, denoise, ops.mulScalar(first as T, levels[0] as number), levels, rest);
}
