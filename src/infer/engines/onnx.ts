import './onnx-telemetry.ts';
import * as ort from 'onnxruntime-node';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import type { CallTensors } from '../../diffusion/call.ts';
import type { Model } from '../../diffusion/model.ts';
import type { NetworkShape } from '../../diffusion/network.ts';
import { OnnxBuilder, type OnnxValue } from '../../diffusion/ops/onnx.ts';
import {
  conditionInputs,
  type Draws,
  labelProgram,
  marginalProgram,
  pathInputs,
  pathProgram,
} from '../../diffusion/program.ts';
import type { SamplerSpec } from '../../diffusion/sampler/method.ts';
import type { Engine, EngineSpec, OnnxProvider } from './engine.ts';
import { labelRuns } from './label-runs.ts';
import { onnxRemedies, probeOnnx } from './onnx-probe.ts';
import { talksToGpu } from './visible-gpus.ts';

/** The null call as ONNX files with the model's weights inside: what is made of a label, and the marginal program that takes it. */
export function marginalOnnx(model: Model): { readonly label: Uint8Array; readonly marginals: Uint8Array } {
  const label = begin(model);
  const made = labelProgram(label.builder, model.shape, label.parameter, label.input('task'));
  const { builder, parameter, input } = begin(model);
  const sizes = Object.values(made).map(({ shape }) => shape.reduce((x, y) => x * y, 1));
  // all parts in one tensor: each that a run is given costs two microseconds of the binding's time
  const joined = builder.input('modulation', [sizes.reduce((x, y) => x + y, 0)]);
  let begun = 0;
  const modulation = Object.fromEntries(
    Object.entries(made).map(([name, { shape }], k) => {
      const part = builder.slice(joined, 0, begun, sizes[k] as number);
      begun += sizes[k] as number;
      return [name, shape.length === 1 ? part : builder.reshape(part, shape)];
    }),
  );
  const condition = { cells: input('cells'), time: input('time') };
  const { location, scale } = marginalProgram(builder, model.shape, parameter, condition, modulation);
  return { label: label.builder.build('label', made), marginals: builder.build('marginals', { location, scale }) };
}

/** The path program, all steps unrolled, as an ONNX file. */
export function pathOnnx(model: Model, sampler: SamplerSpec, samples: number): Uint8Array {
  const { builder, parameter, input } = begin(model);
  const condition = { cells: input('cells'), time: input('time'), task: input('task') };
  const draws: Draws<OnnxValue> = Object.fromEntries(
    Object.entries(pathInputs(model.shape, sampler, samples)).map(([name, shape]) => [
      name,
      builder.input(name, shape),
    ]),
  );
  const path = pathProgram(builder, model.shape, parameter, condition, draws, sampler, samples);
  return builder.build('paths', { path });
}

/** A graph to be written: its inputs by name, and the model's weights, each written where it is first asked for. */
function begin(model: Model) {
  const builder = new OnnxBuilder();
  const shapes = conditionInputs(model.shape);
  const input = (name: keyof typeof shapes): OnnxValue => builder.input(name, shapes[name]);
  const written = new Map<string, OnnxValue>();
  const parameter = (name: string): OnnxValue => {
    const known = written.get(name);
    if (known !== undefined) return known;
    const weight = model.weights.get(name);
    if (weight === undefined)
      throw new DriftcastError('MODEL_INVALID', `writing the ONNX graph: parameter ${name} is missing`);
    const value = builder.weight(name, weight.values, weight.shape);
    written.set(name, value);
    return value;
  };
  return { builder, input, parameter };
}

const tensor = (values: Float32Array, shape: readonly number[], batch: number) =>
  new ort.Tensor(
    'float32',
    values,
    shape.map((n) => (n === -1 ? batch : n)),
  );

/** Cells of a window, [token, channel, patch]. */
const cellsOf = ({ length, channels }: NetworkShape): number => length * channels;

/** Values of one activation, of those that an operation reads and writes; those of the feed have twice as many. */
const activationValuesMax = 90_000;

/**
 * Rows of one run on the CPU. Between its matrix products the network is bound by memory: with activations that stay in the
 * second-level cache (2 MiB) a call of 38 channels takes .7 of the time it takes in one run of 64 rows; 4 rows take 3 % longer than 2.
 */
const rowsInCache = ({ length, patch, channels, width }: NetworkShape): number =>
  Math.max(1, Math.floor((activationValuesMax * patch) / (length * channels * width)));

class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly device: 'cpu' | 'gpu';
  readonly #model: Model;
  readonly #provider: OnnxProvider;
  readonly #label: ort.InferenceSession;
  readonly #marginals: ort.InferenceSession;
  /** What is made of each label; there are as many as tasks times classes. */
  readonly #modulations = new Map<string, ort.Tensor>();
  readonly #paths = new Map<string, ort.InferenceSession>();
  readonly #rowsMax: number;

  constructor(model: Model, provider: OnnxProvider, label: ort.InferenceSession, marginals: ort.InferenceSession) {
    this.device = provider !== 'cpu' && talksToGpu() ? 'gpu' : 'cpu';
    this.#model = model;
    this.#provider = provider;
    this.#label = label;
    this.#marginals = marginals;
    this.#rowsMax = provider === 'cpu' ? rowsInCache(model.shape) : Number.POSITIVE_INFINITY;
  }

  async marginals(batch: CallTensors) {
    const perCall = cellsOf(this.#model.shape);
    const [location, scale] = [new Float32Array(batch.size * perCall), new Float32Array(batch.size * perCall)];
    for (const { from, tensors } of labelRuns(batch, this.#rowsMax)) {
      const { cells, time, task } = this.#condition(tensors);
      const out = await this.#marginals.run({ cells, time, modulation: await this.#modulation(task) });
      location.set(out.location?.data as Float32Array, from * perCall);
      scale.set(out.scale?.data as Float32Array, from * perCall);
    }
    return { location, scale };
  }

  async #modulation(task: ort.Tensor): Promise<ort.Tensor> {
    const label = (task.data as Float32Array).join();
    const known = this.#modulations.get(label);
    if (known !== undefined) return known;
    const parts = await this.#label.run({ task });
    const joined = Float32Array.from(
      this.#label.outputNames.flatMap((name) => [...((parts[name] as ort.Tensor).data as Float32Array)]),
    );
    const modulation = tensor(joined, [joined.length], 1);
    this.#modulations.set(label, modulation);
    return modulation;
  }

  async paths(batch: CallTensors, sampler: SamplerSpec, draws: Draws<Float32Array>, samples: number) {
    const key = `${sampler.method} ${sampler.steps} ${samples}`;
    let session = this.#paths.get(key);
    if (session === undefined) {
      session = await createSession(pathOnnx(this.#model, sampler, samples), this.#provider);
      this.#paths.set(key, session);
    }
    const perCall = samples * cellsOf(this.#model.shape);
    const paths = new Float32Array(batch.size * perCall);
    for (const { from, tensors } of labelRuns(batch, Math.max(1, Math.floor(this.#rowsMax / samples)))) {
      const random = Object.entries(pathInputs(this.#model.shape, sampler, samples)).map(([name, shape]) => {
        const values = draws[name as keyof typeof draws] as Float32Array;
        const width = values.length / batch.size;
        return [name, tensor(values.subarray(from * width, (from + tensors.size) * width), shape, tensors.size)];
      });
      const out = await session.run({ ...this.#condition(tensors), ...Object.fromEntries(random) });
      paths.set(out.path?.data as Float32Array, from * perCall);
    }
    return paths;
  }

  async dispose() {
    await Promise.all([this.#label, this.#marginals, ...this.#paths.values()].map((session) => session.release()));
  }

  #condition(batch: CallTensors) {
    const shapes = conditionInputs(this.#model.shape);
    return {
      cells: tensor(batch.cells, shapes.cells, batch.size),
      time: tensor(batch.time, shapes.time, batch.size),
      task: tensor(batch.task, shapes.task, batch.size),
    };
  }
}

// one thread a worker: parallelism is more workers; two threads on a busy machine are slower than one
const createSession = (file: Uint8Array, provider: OnnxProvider) =>
  ort.InferenceSession.create(file, {
    // the CPU takes the operations that a provider does not have
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });

/** ONNX Runtime, on the CPU unless said: the fastest engine without a GPU. */
export const onnxEngine: EngineSpec = {
  name: 'onnx',
  isolation: 'process',
  probe: (provider = 'cpu') => probeOnnx(provider, (model, on) => onnxEngine.create(model, on)),
  async create(model, provider = 'cpu') {
    const files = marginalOnnx(model);
    try {
      const [label, marginals] = [
        await createSession(files.label, provider),
        await createSession(files.marginals, provider),
      ];
      return new OnnxEngine(model, provider, label, marginals);
    } catch (cause) {
      throw new DriftcastError(
        'ENGINE_UNAVAILABLE',
        `starting ONNX Runtime on ${provider}: ${messageOf(cause).split('\n')[0]}`,
        {
          cause,
          hint: `${onnxRemedies[provider]}; \`infer.provider: cpu\` needs none of it. See \`driftcast doctor\`.`,
        },
      );
    }
  },
};
