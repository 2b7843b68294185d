import * as tf from '@tensorflow/tfjs-core';
import type { CallTensors } from '../../diffusion/call.ts';
import type { Model } from '../../diffusion/model.ts';
import { tfjsOps } from '../../diffusion/ops/tfjs.ts';
import {
  conditionInputs,
  type Draws,
  labelProgram,
  marginalProgram,
  pathInputs,
  pathProgram,
} from '../../diffusion/program.ts';
import type { SamplerSpec } from '../../diffusion/sampler/method.ts';
import type { Engine, EngineName } from './engine.ts';
import { labelRuns } from './label-runs.ts';

/** Runs the programs eagerly in TensorFlow.js on the backend that is set. */
export class TfjsEngine implements Engine {
  readonly name: EngineName;
  readonly device: string;
  readonly #model: Pick<Model, 'shape' | 'weights'>;
  readonly #weights: ReadonlyMap<string, tf.Tensor>;

  constructor(name: EngineName, device: string, model: Pick<Model, 'shape' | 'weights'>) {
    this.name = name;
    this.device = device;
    this.#model = model;
    this.#weights = new Map([...model.weights].map(([key, w]) => [key, tf.tensor(w.values, [...w.shape])]));
  }

  async marginals(batch: CallTensors) {
    const perCall = this.#model.shape.length * this.#model.shape.channels;
    const [location, scale] = [new Float32Array(batch.size * perCall), new Float32Array(batch.size * perCall)];
    for (const { from, tensors } of labelRuns(batch, Number.POSITIVE_INFINITY)) {
      const law = tf.tidy(() => {
        const { shape } = this.#model;
        const condition = this.#condition(tensors);
        const modulation = labelProgram<tf.Tensor>(tfjsOps, shape, this.#parameter, condition.task);
        const out = marginalProgram<tf.Tensor>(tfjsOps, shape, this.#parameter, condition, modulation);
        return { location: out.location, scale: out.scale };
      });
      location.set((await law.location.data()) as Float32Array, from * perCall);
      scale.set((await law.scale.data()) as Float32Array, from * perCall);
      tf.dispose([law.location, law.scale]);
    }
    return { location, scale };
  }

  async paths(batch: CallTensors, sampler: SamplerSpec, draws: Draws<Float32Array>, samples: number) {
    const { shape } = this.#model;
    const perCall = samples * shape.length * shape.channels;
    const paths = new Float32Array(batch.size * perCall);
    for (const { from, tensors } of labelRuns(batch, Number.POSITIVE_INFINITY)) {
      const path = tf.tidy(() => {
        const random = Object.entries(pathInputs(shape, sampler, samples)).map(([name, sizes]) => {
          const values = draws[name as keyof typeof draws] as Float32Array;
          const width = values.length / batch.size;
          return [name, tensor(values.subarray(from * width, (from + tensors.size) * width), sizes, tensors.size)];
        });
        const condition = this.#condition(tensors);
        return pathProgram(tfjsOps, shape, this.#parameter, condition, Object.fromEntries(random), sampler, samples);
      });
      paths.set((await path.data()) as Float32Array, from * perCall);
      path.dispose();
    }
    return paths;
  }

  tensorCount() {
    return tf.memory().numTensors;
  }

  async dispose() {
    tf.dispose([...this.#weights.values()]);
  }

  readonly #parameter = (name: string): tf.Tensor => this.#weights.get(name) as tf.Tensor;

  #condition(batch: CallTensors) {
    const shapes = conditionInputs(this.#model.shape);
    return {
      cells: tensor(batch.cells, shapes.cells, batch.size),
      time: tensor(batch.time, shapes.time, batch.size),
      task: tensor(batch.task, shapes.task, batch.size),
    };
  }
}

const tensor = (values: Float32Array, shape: readonly number[], batch: number): tf.Tensor =>
  tf.tensor(
    values,
    shape.map((n) => (n === -1 ? batch : n)),
  );
