import { describe, it } from 'node:test';
import type { Model } from '../../../src/diffusion/model.ts';
import { onnxEngine } from '../../../src/infer/engines/onnx.ts';
import { TfjsEngine } from '../../../src/infer/engines/tfjs-engine.ts';
import { useWasmBackend } from '../../../src/infer/engines/wasm.ts';
import { checkParity, parityShapes } from './parity.ts';

const seed = 4;

describe(`one program, every interpreter (seed ${seed})`, () => {
  for (const shape of parityShapes) {
    const name = `${shape.channels} channels, ${shape.length} rows, patch ${shape.patch}`;
    it(`ONNX Runtime computes what is written, ${name}`, () =>
      checkParity((model) => onnxEngine.create(model as Model), shape, seed));
    it(`TensorFlow.js on wasm computes what is written, ${name}`, () =>
      checkParity(
        async (model) => {
          await useWasmBackend();
          return new TfjsEngine('wasm', 'wasm', model);
        },
        shape,
        seed,
      ));
  }
});
