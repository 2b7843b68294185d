import { DriftcastError } from '../../core/errors.ts';
import type { EngineName, EngineProbe, EngineSpec, OnnxProvider } from './engine.ts';
import type { VisibleGpus } from './visible-gpus.ts';

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

/** What a pipeline asks for, and what a worker is told to load. */
export interface EngineAsked {
  readonly engine: EngineName | 'auto';
  readonly provider: OnnxProvider | 'auto';
}

/** An engine on a device. Only onnx has providers. */
export interface EngineChoice {
  readonly engine: EngineName;
  readonly provider: OnnxProvider;
}

/** The order in which `auto` tries what computes on the CPU. */
export const cpuOrder: readonly EngineName[] = ['onnx', 'tensorflow', 'wasm'];

/** What `auto` tries on a visible GPU, in this order, before anything on the CPU. Nothing where the CPU was asked for. */
export function gpuOrder({ engine, provider }: EngineAsked, { cuda, vulkan }: VisibleGpus): readonly EngineChoice[] {
  if (provider !== 'auto') return [];
  const all: readonly EngineChoice[] = [
    ...(cuda.length > 0 ? ([{ engine: 'tensorflow', provider: 'cpu' }] as const) : []),
    ...(cuda.length > 0 ? ([{ engine: 'onnx', provider: 'cuda' }] as const) : []),
    ...(vulkan.length > 0 ? ([{ engine: 'onnx', provider: 'webgpu' }] as const) : []),
  ];
  return all.filter((one) => engine === one.engine || engine === 'auto');
}

/** What workers are told to load, and how that came about. */
export interface Resolved {
  readonly load: { readonly engine: EngineName | 'auto'; readonly provider: OnnxProvider };
  /** GPUs were visible and left aside: what was tried on them and why it does not compute there, each `onnx webgpu: why`. */
  readonly idleGpu: readonly string[];
}

/**
 * Settles what is asked for: a choice that was named stands; `auto` becomes the first that computes on a visible GPU, and is
 * left to the worker where none does (`chooseEngine`). Asked once a process, so that all workers compute alike.
 * @param probe asks in a process of its own: a driver may crash or hang
 */
export async function resolveEngine(
  { engine, provider }: EngineAsked,
  gpus: VisibleGpus,
  probe: (choice: EngineChoice) => Promise<EngineProbe>,
): Promise<Resolved> {
  // a provider is one of ONNX Runtime: who names it names the engine
  if (provider !== 'auto') return { load: { engine: engine === 'auto' ? 'onnx' : engine, provider }, idleGpu: [] };
  const refused: string[] = [];
  for (const choice of gpuOrder({ engine, provider }, gpus)) {
    const { usable, device, detail, remedy } = await probe(choice);
    if (usable && device === 'gpu') return { load: choice, idleGpu: [] };
    refused.push(`${nameOf(choice)}: ${detail}${remedy === '' ? '' : ` (${remedy})`}`);
  }
  return { load: { engine, provider: 'cpu' }, idleGpu: refused };
}

/** `onnx webgpu`; engines without providers by their name alone. */
export const nameOf = ({ engine, provider }: EngineChoice): string => (engine === 'onnx' ? `onnx ${provider}` : engine);

/** The engine that `auto` means on the CPU: ONNX Runtime, else the native addon, else wasm. Asked in the worker. */
export async function chooseEngine(asked: EngineName | 'auto'): Promise<EngineName> {
  const refused: string[] = [];
  for (const name of asked === 'auto' ? cpuOrder : [asked]) {
    const probe = await probeEngine({ engine: name, provider: 'cpu' });
    if (probe.usable) return name;
    refused.push(`${name}: ${probe.detail}${probe.remedy ? ` (${probe.remedy})` : ''}`);
  }
  throw new DriftcastError('ENGINE_UNAVAILABLE', `choosing an engine: ${refused.join('; ')}`, {
    hint: 'See `driftcast doctor`.',
  });
}

export async function probeEngine({ engine, provider }: EngineChoice): Promise<EngineProbe> {
  const spec = await loadEngine(engine);
  return spec.probe(provider);
}
