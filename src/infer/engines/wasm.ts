import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../../core/errors.ts';
import type { EngineSpec } from './engine.ts';
import { TfjsEngine } from './tfjs-engine.ts';

/** Makes TensorFlow.js compute in WebAssembly. */
export async function useWasmBackend(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend did not initialise');
  await tf.ready();
}

/** TensorFlow.js on WebAssembly: needs nothing, slow, the trainer where the native addon is not built. */
export const wasmEngine: EngineSpec = {
  name: 'wasm',
  isolation: 'thread',
  async probe() {
    try {
      await useWasmBackend();
      return { usable: true, device: 'cpu', detail: `tfjs ${tf.version_core} wasm`, remedy: '' };
    } catch (error) {
      return { usable: false, device: 'cpu', detail: messageOf(error), remedy: 'npm ci' };
    }
  },
  async create(model) {
    await useWasmBackend();
    return new TfjsEngine('wasm', 'wasm', model);
  },
};
