import type { Rng } from '../core/rng.ts';
import type { Weight } from './model.ts';
import { type NetworkShape, type ParameterSpec, parameterSpecs } from './network.ts';

/** Fresh weights. Heads and modulations are zero, so that an untrained network is its base with calibrated spread. */
export function initialiseWeights(shape: NetworkShape, rng: Rng): Map<string, Weight> {
  return new Map(
    [...parameterSpecs(shape)].map(([name, spec]) => [name, { shape: spec.shape, values: draw(name, spec, rng) }]),
  );
}

function draw(name: string, { shape, init }: ParameterSpec, rng: Rng): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (init === 'zero') return values;
  const isMix = name.includes('_mix.');
  const fanIn = init === 'embedding' ? 1 / 0.0004 : (shape[isMix ? 1 : 0] as number);
  const std = 1 / Math.sqrt(fanIn);
  for (let i = 0; i < values.length; i++) values[i] = std * rng.normal();
  return values;
}
