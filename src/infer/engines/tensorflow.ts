import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../../core/errors.ts';
import type { EngineSpec } from './engine.ts';
import { TfjsEngine } from './tfjs-engine.ts';

/** What this project uses of the native backend beyond tfjs-core's interface. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** Loads the native addon and makes TensorFlow.js compute with it. Throws where the addon is not built. */
export async function useNativeBackend(): Promise<{ device: 'gpu' | 'cpu'; version: string }> {
  await import('@tensorflow/tfjs-node-gpu');
  if (!(await tf.setBackend('tensorflow'))) throw new Error('the tensorflow backend did not initialise');
  await tf.ready();
  const backend = tf.backend() as unknown as NativeBackend;
  return { device: backend.isUsingGpuDevice ? 'gpu' : 'cpu', version: backend.binding.TF_Version };
}

/** @tensorflow/tfjs-node-gpu on its native addon: the GPU where one is visible, else the CPU. */
export const tensorflowEngine: EngineSpec = {
  name: 'tensorflow',
  isolation: 'process',
  async probe() {
    try {
      const { device, version } = await useNativeBackend();
      // a GPU that is found may still not compute: another driver than CUDA wants, no memory left
      const product = tf.tidy(() =>
        tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 2, 3, 4], [2, 2])).dataSync(),
      );
      if (product.join() !== '7,10,15,22') throw new Error(`a product came out as ${product.join()}`);
      return { usable: true, device, detail: `libtensorflow ${version} on the ${device.toUpperCase()}`, remedy: '' };
    } catch (error) {
      const text = messageOf(error).split('\n')[0] ?? '';
      return {
        usable: false,
        device: 'cpu',
        detail: text.includes('tfjs_binding') ? 'native addon not built' : text,
        remedy: 'npm run native-tf (on a GPU machine: npm run native-tf -- --gpu)',
      };
    }
  },
  async create(model) {
    const { device } = await useNativeBackend();
    return new TfjsEngine('tensorflow', device, model);
  },
};
