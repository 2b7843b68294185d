import type { CallTensors } from '../../diffusion/call.ts';
import type { Model } from '../../diffusion/model.ts';

/** Computes the programs of one model. Lives in a worker; nothing of its tensors leaves it. */
export interface Engine {
  readonly name: EngineName;
  /** Where it computes: 'cpu', 'gpu', 'wasm'. */
  readonly device: string;
  /** Null-level law of every cell, [batch, token, channel, patch] each. */
  marginals(batch: CallTensors): Promise<{ location: Float32Array; scale: Float32Array }>;
  /** One joint path a batch row after `steps` calls; draws as in `pathInputs`. */
  paths(batch: CallTensors, steps: number, logistic: Float32Array, normal: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export type EngineName = 'onnx' | 'tensorflow' | 'wasm';

export interface EngineProbe {
  readonly usable: boolean;
  /** What was found: version, device; or why not. */
  readonly detail: string;
  /** Command that gets it, or ''. */
  readonly remedy: string;
}

export interface EngineSpec {
  readonly name: EngineName;
  /** Native code can hang or crash, and cannot be ended inside a thread without ending all: it gets a process of its own. */
  readonly isolation: 'thread' | 'process';
  probe(): Promise<EngineProbe>;
  create(model: Model): Promise<Engine>;
}
