import { initialHeadScale } from '../../diffusion/logistic.ts';
import type { NetworkShape } from '../../diffusion/network.ts';
import type { Engine } from './engine.ts';

/**
 * The base alone: an untrained head predicts no deviation and the spread that was measured for the base. Serves as reference
 * beside the network, through the same plan.
 */
export function zeroHeadEngine(shape: NetworkShape): Engine {
  const law = (batch: { readonly size: number }) => {
    const cells = batch.size * shape.length * shape.channels;
    return { location: new Float32Array(cells), scale: new Float32Array(cells).fill(initialHeadScale) };
  };
  return {
    name: 'onnx',
    device: 'none',
    marginals: async (batch) => law(batch),
    paths: async (batch, _sampler, _draws, samples) => law({ size: batch.size * samples }).location,
    dispose: async () => {},
  };
}
