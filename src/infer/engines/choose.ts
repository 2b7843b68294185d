import { DriftcastError } from '../../core/errors.ts';
import type { EngineName, EngineProbe, EngineSpec } from './engine.ts';

/** Specs are loaded on demand: importing an engine loads its native library. */
const loaders: Record<EngineName, () => Promise<EngineSpec>> = {
  onnx: async () => (await import('./onnx.ts')).onnxEngine,
  tensorflow: async () => (await import('./tensorflow.ts')).tensorflowEngine,
  wasm: async () => (await import('./wasm.ts')).wasmEngine,
};

export const engineNames = Object.keys(loaders) as EngineName[];

export const loadEngine = (name: EngineName): Promise<EngineSpec> => loaders[name]();

/**
 * Isolation by name, known without loading anything. Native code gets a process of its own: ending a thread that is inside ONNX
 * Runtime aborts the whole process, and so does every crash there.
 */
export const isolationOf = (name: EngineName | 'auto'): 'thread' | 'process' =>
  name === 'wasm' ? 'thread' : 'process';

/** The order in which `auto` tries the engines. */
export const autoOrder = (gpuVisible: boolean): readonly EngineName[] =>
  gpuVisible ? ['tensorflow', 'onnx', 'wasm'] : ['onnx', 'tensorflow', 'wasm'];

/**
 * The engine that `auto` means here: the native addon on a visible GPU, else ONNX Runtime, else the addon on the CPU, else wasm.
 * @param gpuVisible whether a GPU device file is there (asked without loading a library)
 */
export async function chooseEngine(asked: EngineName | 'auto', gpuVisible: boolean): Promise<EngineName> {
  const order = asked === 'auto' ? autoOrder(gpuVisible) : [asked];
  const refused: string[] = [];
  for (const name of order) {
    const probe = await probeEngine(name);
    if (probe.usable) return name;
    refused.push(`${name}: ${probe.detail}${probe.remedy ? ` (${probe.remedy})` : ''}`);
  }
  throw new DriftcastError('ENGINE_UNAVAILABLE', `choosing an engine: ${refused.join('; ')}`, {
    hint: 'See `driftcast doctor`.',
  });
}

export async function probeEngine(name: EngineName): Promise<EngineProbe> {
  const spec = await loadEngine(name);
  return spec.probe();
}
