import { cpuOrder, type EngineChoice, gpuOrder } from '../../infer/engines/choose.ts';
import type { EngineName, EngineProbe, OnnxProvider } from '../../infer/engines/engine.ts';
import type { VisibleGpus } from '../../infer/engines/visible-gpus.ts';
import type { Check } from './check.ts';

/** What can be asked for by `infer.engine` and `infer.provider`, and what the probe said. */
export interface Probed {
  readonly choice: EngineChoice;
  readonly probe: EngineProbe;
}

const choices: readonly EngineChoice[] = [
  { engine: 'onnx', provider: 'cpu' },
  { engine: 'onnx', provider: 'webgpu' },
  { engine: 'onnx', provider: 'cuda' },
  { engine: 'tensorflow', provider: 'cpu' },
  { engine: 'wasm', provider: 'cpu' },
];

/** All at once: each has a process of its own, and none waits for a slow one. */
export const probeAll = (probe: (choice: EngineChoice) => Promise<EngineProbe>): Promise<readonly Probed[]> =>
  Promise.all(choices.map(async (choice) => ({ choice, probe: await probe(choice) })));

/** One check each, named onnx, onnx_webgpu, onnx_cuda, tensorflow, wasm. */
export const checkEngines = (probed: readonly Probed[], gpus: VisibleGpus): readonly Check[] =>
  probed.map((one) => checkEngine(one, gpus));

/** What is missing is worth a warning only where it would be the better one: one engine is enough. */
export function checkEngine({ choice, probe }: Probed, gpus: VisibleGpus): Check {
  const { engine, provider } = choice;
  const isForGpu = provider !== 'cpu' || engine === 'tensorflow';
  const visible = isForGpu && (provider === 'webgpu' ? gpus.vulkan : gpus.cuda).length > 0;
  const isIdle = visible && probe.usable && probe.device !== 'gpu';
  const isWell = probe.usable && !isIdle;
  const isOptional = provider !== 'cpu' && !visible;
  const beside = isIdle
    ? ', although a GPU is visible'
    : isOptional && probe.device !== 'gpu'
      ? '; no GPU for it is visible'
      : '';
  const remedy = engine === 'tensorflow' && visible ? 'npm run native-tf -- --gpu' : probe.remedy;
  return {
    name: provider === 'cpu' ? engine : `${engine}_${provider}`,
    status: isWell ? 'ok' : isOptional ? 'skipped' : 'warning',
    detail: `${probe.usable ? '' : 'not usable: '}${probe.detail}${beside}`,
    remedy: isWell ? '' : remedy,
    facts: { usable: probe.usable, device: probe.usable ? probe.device : null, visible_gpu: visible },
  };
}

export interface AutoChoice {
  readonly inference: EngineName | null;
  readonly provider: OnnxProvider | null;
  readonly training: 'tensorflow' | 'wasm' | null;
}

/** What `auto` picks, in `run` and in `train`. */
export function autoChoice(probed: readonly Probed[], gpus: VisibleGpus): AutoChoice {
  const probeOf = (choice: EngineChoice): EngineProbe | undefined =>
    probed.find((one) => one.choice.engine === choice.engine && one.choice.provider === choice.provider)?.probe;
  const order = [
    ...gpuOrder({ engine: 'auto', provider: 'auto' }, gpus).filter((choice) => probeOf(choice)?.device === 'gpu'),
    ...cpuOrder.map((engine) => ({ engine, provider: 'cpu' }) as const),
  ];
  const first = order.find((choice) => probeOf(choice)?.usable) ?? null;
  return {
    inference: first?.engine ?? null,
    provider: first?.engine === 'onnx' ? first.provider : null,
    training: (['tensorflow', 'wasm'] as const).find((engine) => probeOf({ engine, provider: 'cpu' })?.usable) ?? null,
  };
}

export function checkAuto({ inference, provider, training }: AutoChoice): Check {
  const on = provider === null ? '' : ` (${provider})`;
  const runs = inference === null ? 'no engine can run a model' : `auto runs models on ${inference}${on}`;
  const trains = training === null ? 'none can train one' : `trains on ${training}`;
  const slow = training === 'wasm' ? ' (several times slower than tensorflow)' : '';
  return {
    name: 'engines',
    status: inference === null ? 'failed' : training === null ? 'warning' : 'ok',
    detail: `${runs}, ${trains}${slow}`,
    remedy: inference === null || training === null ? 'npm ci' : training === 'wasm' ? 'npm run native-tf' : '',
    facts: { inference, provider, training },
  };
}
