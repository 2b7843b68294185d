/**
 * The diffusion library, apart from the stream processor around it: arithmetic only, written against `Ops<T>`. What computes or
 * differentiates with TensorFlow.js is in `tfjs.ts` beside it, so that this entry loads no compute library.
 *
 * - **A process on three clocks**: the discrete chain (`betaSchedule`, `createChain`, `posterior`, `elboTerms`), the
 *   variance-preserving SDE (`vpSde`, `scoreMatchingLoss`) and EDM (`precondition`), with `sigmaOf` / `alphaBarOf` between them.
 * - **Samplers**: one contract, `denoised = denoise(z, sigma)`; levels from `karrasSigmas` or `chainSigmas`; noise handed in.
 * - **Likelihood**: `logLikelihood`, exact, by the probability-flow ODE.
 * - **The network** and what surrounds it: `createDenoiser`, `labelProgram`, `marginalProgram`, `pathProgram`, bases, calls, masks, weights.
 * - **A program as a file**: `OnnxBuilder` is an interpreter that writes down what it is told to compute.
 */

export { CallBatch, type CallInput, type CallOptions, type CallTensors, tokenIndex, writeCall } from './call.ts';
export { type BasisOptions, type FittedBasis, fitBasis } from './fit-basis.ts';
export { initialiseWeights } from './initialise.ts';
export { type Likelihood, type LikelihoodInputs, logLikelihood } from './likelihood.ts';
export { logisticCrps, logit } from './logistic.ts';
export { channelMask, gapMask, suffixMask } from './masks.ts';
export type { Model, ModelBasis, ModelCalibration, Weight } from './model.ts';
export {
  type ConditionTensors,
  createDenoiser,
  type Denoiser,
  type Law,
  type Modulation,
  type NetworkShape,
  type NoiseTensors,
  parameterCount,
  parameterSpecs,
} from './network.ts';
export { channelPriors, type GridSeries, normalise } from './normal.ts';
export { OnnxBuilder, type OnnxValue } from './ops/onnx.ts';
export { layerNormEpsilon, type Ops, type Vjp } from './ops/ops.ts';
export { nullSigma, type Preconditioning, precondition } from './precondition.ts';
export {
  conditionInputs,
  type Draws,
  labelProgram,
  marginalProgram,
  type NetworkDenoiser,
  networkDenoiser,
  pathInputs,
  pathProgram,
} from './program.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export type { Denoise, DenoiseLaw, Sampler } from './sampler/contract.ts';
export { sampleDdim } from './sampler/ddim.ts';
export { sampleDdpm } from './sampler/ddpm.ts';
export { type DistributionalDraws, sampleDistributional } from './sampler/distributional.ts';
export { distributionalSigmas } from './sampler/distributional-sigmas.ts';
export { sampleDpmpp2m } from './sampler/dpmpp-2m.ts';
export { sampleEuler } from './sampler/euler.ts';
export { sampleEulerMaruyama } from './sampler/euler-maruyama.ts';
export { sampleHeun } from './sampler/heun.ts';
export { drawCounts, noiseSamplers, type SamplerMethod, type SamplerSpec, samplerMethods } from './sampler/method.ts';
export { type RankTemplates, rankTemplates, templatePaths } from './sampler/rank-templates.ts';
export { alphaBarOf } from './schedule/alpha-bar-of.ts';
export { type BetaSchedule, betaSchedule } from './schedule/beta-schedule.ts';
export { type Chain, createChain } from './schedule/chain.ts';
export { chainSigmas } from './schedule/chain-sigmas.ts';
export { type ElboTerms, elboTerms, type ReverseChain } from './schedule/elbo.ts';
export { forwardMarginal } from './schedule/forward-marginal.ts';
export { karrasSigmas } from './schedule/karras-sigmas.ts';
export { type Posterior, posterior } from './schedule/posterior.ts';
export { fromX0, type PredictionKind, toX0 } from './schedule/prediction.ts';
export { type ScoreMatchingSample, scoreMatchingLoss } from './schedule/score-matching-loss.ts';
export { sigmaOf } from './schedule/sigma-of.ts';
export { type VpSde, vpSde } from './schedule/vp-sde.ts';
export { type Task, tasks } from './task.ts';
export { exactProbes, randomProbes } from './trace-probes.ts';
