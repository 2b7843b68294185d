import * as ort from 'onnxruntime-node';
import { OnnxBuilder } from '../../src/diffusion/ops/onnx.ts';

export interface MatmulPeak {
  readonly multiplyAdds: number;
  run(): Promise<void>;
  release(): Promise<void>;
}

/**
 * A dense product of `size` x `size` matrices in ONNX Runtime, single-threaded as the engine is: the speed that its kernels
 * reach here when nothing but arithmetic is asked of them.
 */
export async function matmulPeak(size: number): Promise<MatmulPeak> {
  const builder = new OnnxBuilder();
  const ones = new Float32Array(size * size).fill(1);
  const x = builder.input('x', [-1, size]);
  const product = builder.linear(
    x,
    builder.weight('w', ones, [size, size]),
    builder.weight('b', new Float32Array(size), [size]),
  );
  // all is computed and one row handed out: the binding makes a new array of what comes out, and megabytes a run set off V8's
  // collector, whose threads compute at the cost of whatever is measured next
  const row = builder.slice(product, 0, 0, 1);
  const session = await ort.InferenceSession.create(builder.build('peak', { row }), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const feed = { x: new ort.Tensor('float32', ones, [size, size]) };
  return {
    multiplyAdds: size ** 3,
    run: async () => void (await session.run(feed)),
    release: () => session.release(),
  };
}
