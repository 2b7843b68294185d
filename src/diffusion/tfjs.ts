/** The part of the diffusion library that computes with TensorFlow.js: set a backend first. */

export { tfjsOps } from './ops/tfjs.ts';
export { tfjsVjp } from './ops/tfjs-vjp.ts';
export { type Trained, type TrainOptions, type TrainProgress, trainNetwork } from './train.ts';
