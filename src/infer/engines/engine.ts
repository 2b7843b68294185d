import type { CallTensors } from '../../diffusion/call.ts';
import type { Model } from '../../diffusion/model.ts';
import type { Draws } from '../../diffusion/program.ts';
import type { SamplerSpec } from '../../diffusion/sampler/method.ts';

/** Computes the programs of one model. Lives in a worker; nothing of its tensors leaves it. */
export interface Engine {
  readonly name: EngineName;
  /** Where it computes: 'cpu', 'gpu', 'wasm'. */
  readonly device: string;
  /** Null-level law of every cell, [batch, token, channel, patch] each. */
  marginals(batch: CallTensors): Promise<{ location: Float32Array; scale: Float32Array }>;
  /** Joint paths, so many of every batch row side by side, [batch samples, token, channel, patch]; draws as in `pathInputs`. */
  paths(batch: CallTensors, sampler: SamplerSpec, draws: Draws<Float32Array>, samples: number): Promise<Float32Array>;
  /** Tensors that its library keeps alive, where it counts them: as many after every batch. */
  tensorCount?(): number;
  dispose(): Promise<void>;
}

/** Where ONNX Runtime computes. Other engines have a place of their own. */
export type OnnxProvider = 'cpu' | 'webgpu' | 'cuda';

export type EngineName = 'onnx' | 'tensorflow' | 'wasm';

export interface EngineProbe {
  readonly usable: boolean;
  /** Where it would compute. A Vulkan driver in software is the CPU. */
  readonly device: 'cpu' | 'gpu';
  /** What was found: version, device; or why not. */
  readonly detail: string;
  /** Command that gets it, or ''. */
  readonly remedy: string;
}

export interface EngineSpec {
  readonly name: EngineName;
  /** Native code can hang or crash, and cannot be ended inside a thread without ending all: it gets a process of its own. */
  readonly isolation: 'thread' | 'process';
  /** Loads its library and asks whether it computes; on the given provider where it is onnx. */
  probe(provider?: OnnxProvider): Promise<EngineProbe>;
  create(model: Model, provider?: OnnxProvider): Promise<Engine>;
}
