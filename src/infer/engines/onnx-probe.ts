import * as ort from 'onnxruntime-node';
import { messageOf } from '../../core/errors.ts';
import { CallBatch, cellFeatureCount, tokenFeatureCount } from '../../diffusion/call.ts';
import type { Model } from '../../diffusion/model.ts';
import { type NetworkShape, parameterSpecs } from '../../diffusion/network.ts';
import { tasks } from '../../diffusion/task.ts';
import type { Engine, EngineProbe, OnnxProvider } from './engine.ts';
import { openGpuFiles, talksToGpu } from './visible-gpus.ts';

/** Computes a small network with it and on the CPU: a provider that starts may still fail, or be wrong, where it computes. */
export async function probeOnnx(
  provider: OnnxProvider,
  create: (model: Model, provider: OnnxProvider) => Promise<Engine>,
): Promise<EngineProbe> {
  const refused = (detail: string, remedy: string): EngineProbe => ({ usable: false, device: 'cpu', detail, remedy });
  const version = ort.env.versions.node ?? '';
  const backends = ort.listSupportedBackends();
  if (provider === 'cpu') {
    const usable = backends.some(({ name }) => name === 'cpu');
    return { usable, device: 'cpu', detail: `onnxruntime-node ${version}`, remedy: usable ? '' : 'npm ci' };
  }
  if (!backends.some(({ name }) => name === provider))
    return refused(`onnxruntime-node ${version} has no ${provider} for ${process.platform} ${process.arch}`, '');
  try {
    const [own, cpu] = [await compute(provider, create), await compute('cpu', create)];
    const error = largestDifference(own.law, cpu.law);
    if (!(error < errorMax)) return refused(`its results are off by ${error.toPrecision(2)}`, onnxRemedies[provider]);
    if (own.onGpu)
      return { usable: true, device: 'gpu', detail: `computes on ${own.gpuFiles.join(', ') || 'a GPU'}`, remedy: '' };
  } catch (error) {
    return refused(reasonOf(provider, messageOf(error)), onnxRemedies[provider]);
  }
  return {
    usable: true,
    device: 'cpu',
    detail: 'computes in software, slower than cpu: its driver has no GPU open',
    remedy: onnxRemedies[provider],
  };
}

export const onnxRemedies: Readonly<Record<OnnxProvider, string>> = {
  cpu: 'npm ci',
  webgpu:
    'apt-get install libvulkan1 mesa-vulkan-drivers (for NVIDIA: libvulkan1, and the libnvidia-gl of its driver; in containers NVIDIA_DRIVER_CAPABILITIES=all)',
  cuda: 'npm rebuild onnxruntime-node --foreground-scripts --ignore-scripts=false, and CUDA 12 with cuDNN 9 where the loader finds them',
};

/** Far more than rounding: what is wrong is wrong by much. */
const errorMax = 1e-2;
const shape: NetworkShape = {
  length: 16,
  channels: 3,
  patch: 4,
  width: 8,
  blocks: 1,
  cellFeatures: cellFeatureCount(false),
  tokenFeatures: tokenFeatureCount,
  timeFeatures: 2,
  tasks: tasks.length,
};

async function compute(
  provider: OnnxProvider,
  create: (model: Model, provider: OnnxProvider) => Promise<Engine>,
): Promise<{ readonly law: Float32Array; readonly onGpu: boolean; readonly gpuFiles: readonly string[] }> {
  // every weight differs from zero: what goes wrong anywhere shows
  const weights = new Map(
    [...parameterSpecs(shape)].map(([name, spec], k) => [name, { shape: spec.shape, values: wave(spec.shape, k) }]),
  );
  const engine = await create({ shape, weights } as unknown as Model, provider);
  try {
    const batch = new CallBatch(shape, 2);
    batch.cells.set(wave([batch.cells.length], 1));
    const { location, scale } = await engine.marginals(batch);
    return { law: Float32Array.of(...location, ...scale), onGpu: talksToGpu(), gpuFiles: openGpuFiles() };
  } finally {
    await engine.dispose();
  }
}

const wave = (sizes: readonly number[], phase: number): Float32Array =>
  Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, (_, i) => 0.3 * Math.sin(0.7 * i + phase));

function largestDifference(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number)) / scale), 0);
}

/** ONNX Runtime's messages begin with files and signatures of its own. */
function reasonOf(provider: OnnxProvider, message: string): string {
  if (/No supported adapters|Failed to get a WebGPU adapter/.test(message)) return 'no Vulkan driver found a GPU';
  if (provider === 'cuda' && /Failed to load shared library/.test(message))
    return 'libonnxruntime_providers_cuda.so, CUDA or cuDNN cannot be loaded';
  return message.split('\n')[0]?.slice(0, 300) ?? '';
}
