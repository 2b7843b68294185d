import type { Denoiser, NetworkShape, NoiseTensors } from './network.ts';
import { createDenoiser, type Law } from './network.ts';
import type { Ops } from './ops/ops.ts';
import { noiseFeatures, noiseFrequencies, nullSigma, precondition } from './precondition.ts';
import { ancestralSigmas, sampleAncestral } from './sampler/ancestral.ts';

/** Inputs that every program takes, by name, with their shapes (-1: batch). */
export function conditionInputs(n: NetworkShape): Record<'cells' | 'time' | 'task', number[]> {
  const tokens = n.length / n.patch;
  return {
    cells: [-1, tokens, n.channels, n.patch * n.cellFeatures + n.tokenFeatures],
    time: [-1, tokens, n.timeFeatures],
    task: [-1, n.tasks],
  };
}

/** Inputs of the path program besides the condition: draws for every step. */
export function pathInputs(n: NetworkShape, steps: number): Record<'logistic' | 'normal', number[]> {
  const tokens = n.length / n.patch;
  return { logistic: [-1, steps, tokens, n.channels, n.patch], normal: [-1, steps - 1, tokens, n.channels, n.patch] };
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

/** One call from pure noise: the marginal law of every cell. */
export function marginalProgram<T>(
  ops: Ops<T>,
  n: NetworkShape,
  parameter: (name: string) => T,
  inputs: Inputs<T>,
): Law<T> {
  const denoiser = createDenoiser(ops, n, parameter);
  return denoiser.denoise(denoiser.embed(inputs), inputs.task, null, constantNoise(ops, nullSigma));
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

/** `steps` calls: one joint path a batch row. */
export function pathProgram<T>(
  ops: Ops<T>,
  n: NetworkShape,
  parameter: (name: string) => T,
  inputs: Inputs<T>,
  draws: Readonly<Record<'logistic' | 'normal', T>>,
  steps: number,
): T {
  const denoiser: Denoiser<T> = createDenoiser(ops, n, parameter);
  const tokens = n.length / n.patch;
  const pick = (x: T, k: number) => ops.reshape(ops.slice(x, 1, k, 1), [-1, tokens, n.channels, n.patch]);
  const sigmas = ancestralSigmas(steps);
  return sampleAncestral(
    ops,
    denoiser,
    {
      embedded: denoiser.embed(inputs),
      task: inputs.task,
      generated: generatedCells(ops, n, inputs.cells),
      logistic: Array.from({ length: steps }, (_, k) => pick(draws.logistic, k)),
      normal: sigmas.map((_, k) => pick(draws.normal, k)),
    },
    [nullSigma, ...sigmas].map((sigma) => constantNoise(ops, sigma)),
    sigmas,
  );
}
