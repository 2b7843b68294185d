import type { Model } from '../../../src/diffusion/model.ts';
import { onnxEngine } from '../../../src/infer/engines/onnx.ts';
import { shapeOf } from '../fixtures.ts';
import { checkParity } from './parity.ts';

// The GPU process of webgpu-parity.test.ts: drivers are found by the environment that a process starts with. A driver in software
// is slow, so the network is small.
await checkParity((model) => onnxEngine.create(model as Model, 'webgpu'), shapeOf(), Number(process.argv[2]));
process.stdout.write('parity\n');
