import * as ort from 'onnxruntime-node';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import type { CallTensors } from '../../diffusion/call.ts';
import type { Model } from '../../diffusion/model.ts';
import { OnnxBuilder, type OnnxValue } from '../../diffusion/ops/onnx.ts';
import { conditionInputs, marginalProgram, pathInputs, pathProgram } from '../../diffusion/program.ts';
import type { Engine, EngineSpec } from './engine.ts';

type Condition = Record<'cells' | 'time' | 'task', OnnxValue>;

/** The marginal program as an ONNX file with the model's weights inside. */
export function marginalOnnx(model: Model): Uint8Array {
  const { builder, condition, parameter } = begin(model);
  const law = marginalProgram(builder, model.shape, parameter, condition);
  return builder.build('marginals', { location: law.location, scale: law.scale });
}

/** The path program, all steps unrolled, as an ONNX file. */
export function pathOnnx(model: Model, steps: number): Uint8Array {
  const { builder, condition, parameter } = begin(model);
  const shapes = pathInputs(model.shape, steps);
  const draws = {
    logistic: builder.input('logistic', shapes.logistic),
    normal: builder.input('normal', shapes.normal),
  };
  return builder.build('paths', { path: pathProgram(builder, model.shape, parameter, condition, draws, steps) });
}

function begin(model: Model) {
  const builder = new OnnxBuilder();
  const inputs = Object.entries(conditionInputs(model.shape)).map(([name, shape]) => [
    name,
    builder.input(name, shape),
  ]);
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
  return { builder, condition: Object.fromEntries(inputs) as Condition, parameter };
}

const tensor = (values: Float32Array, shape: readonly number[], batch: number) =>
  new ort.Tensor(
    'float32',
    values,
    shape.map((n) => (n === -1 ? batch : n)),
  );

class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly device = 'cpu';
  readonly #model: Model;
  readonly #marginals: ort.InferenceSession;
  readonly #paths = new Map<number, ort.InferenceSession>();

  constructor(model: Model, marginals: ort.InferenceSession) {
    this.#model = model;
    this.#marginals = marginals;
  }

  async marginals(batch: CallTensors) {
    const out = await this.#marginals.run(this.#condition(batch));
    return { location: out.location?.data as Float32Array, scale: out.scale?.data as Float32Array };
  }

  async paths(batch: CallTensors, steps: number, logistic: Float32Array, normal: Float32Array) {
    let session = this.#paths.get(steps);
    if (session === undefined) {
      session = await createSession(pathOnnx(this.#model, steps));
      this.#paths.set(steps, session);
    }
    const shapes = pathInputs(this.#model.shape, steps);
    const out = await session.run({
      ...this.#condition(batch),
      logistic: tensor(logistic, shapes.logistic, batch.size),
      normal: tensor(normal, shapes.normal, batch.size),
    });
    return out.path?.data as Float32Array;
  }

  async dispose() {
    await Promise.all([this.#marginals, ...this.#paths.values()].map((session) => session.release()));
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
const createSession = (file: Uint8Array) =>
  ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });

/** ONNX Runtime on the CPU: the fastest engine without a GPU. */
export const onnxEngine: EngineSpec = {
  name: 'onnx',
  isolation: 'process',
  async probe() {
    try {
      const backends = ort.listSupportedBackends().map((backend) => backend.name);
      return {
        usable: backends.includes('cpu'),
        detail: `onnxruntime-node ${ort.env.versions.node ?? ''}, providers ${backends.join(', ')}`,
        remedy: '',
      };
    } catch (error) {
      return { usable: false, detail: messageOf(error), remedy: 'npm ci' };
    }
  },
  async create(model) {
    return new OnnxEngine(model, await createSession(marginalOnnx(model)));
  },
};
