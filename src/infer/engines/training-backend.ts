import { DriftcastError, messageOf } from '../../core/errors.ts';
import type { CallTensors } from '../../diffusion/call.ts';
import type { Weight } from '../../diffusion/model.ts';
import type { NetworkShape } from '../../diffusion/network.ts';
import { useNativeBackend } from './tensorflow.ts';
import { TfjsEngine } from './tfjs-engine.ts';
import { useWasmBackend } from './wasm.ts';

export interface TrainingBackend {
  readonly name: 'tensorflow' | 'wasm';
  readonly detail: string;
  /** Null-level law of a batch under the given weights. */
  marginals(
    shape: NetworkShape,
    weights: ReadonlyMap<string, Weight>,
    batch: CallTensors,
  ): Promise<{ location: Float32Array; scale: Float32Array }>;
}

/** Sets the TensorFlow.js backend that trains: the native addon where it is built, else wasm. Errors: ENGINE_UNAVAILABLE. */
export async function useTrainingBackend(asked: 'auto' | 'tensorflow' | 'wasm'): Promise<TrainingBackend> {
  const marginals: TrainingBackend['marginals'] = async (shape, weights, batch) => {
    const engine = new TfjsEngine('wasm', '', { shape, weights });
    try {
      return await engine.marginals(batch);
    } finally {
      await engine.dispose();
    }
  };
  if (asked !== 'wasm') {
    try {
      const { device, version } = await useNativeBackend();
      return { name: 'tensorflow', detail: `libtensorflow ${version}, ${device}`, marginals };
    } catch (cause) {
      if (asked === 'tensorflow') {
        throw new DriftcastError(
          'ENGINE_UNAVAILABLE',
          `loading the native TensorFlow addon: ${messageOf(cause).split('\n')[0]}`,
          { cause, hint: 'Build it with `npm run native-tf`.' },
        );
      }
    }
  }
  await useWasmBackend();
  return {
    name: 'wasm',
    detail: 'the native addon is not built: `npm run native-tf` makes training several times faster',
    marginals,
  };
}
