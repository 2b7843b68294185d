import * as tf from '@tensorflow/tfjs-core';
import type { CallTensors } from '../../diffusion/call.ts';
import type { Model } from '../../diffusion/model.ts';
import { tfjsOps } from '../../diffusion/ops/tfjs.ts';
import { conditionInputs, type Draws, marginalProgram, pathInputs, pathProgram } from '../../diffusion/program.ts';
import type { SamplerSpec } from '../../diffusion/sampler/method.ts';
import type { Engine, EngineName } from './engine.ts';

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
    const law = tf.tidy(() => {
      const { location, scale } = marginalProgram<tf.Tensor>(
        tfjsOps,
        this.#model.shape,
        this.#parameter,
        this.#condition(batch),
      );
      return { location, scale };
    });
    const [location, scale] = (await Promise.all([law.location.data(), law.scale.data()])) as [
      Float32Array,
      Float32Array,
    ];
    tf.dispose(law);
    return { location, scale };
  }

  async paths(batch: CallTensors, sampler: SamplerSpec, draws: Draws<Float32Array>) {
    const { shape } = this.#model;
    const path = tf.tidy(() => {
      const random = Object.entries(pathInputs(shape, sampler)).map(([name, sizes]) => [
        name,
        tensor(draws[name as keyof typeof draws] as Float32Array, sizes, batch.size),
      ]);
      return pathProgram<tf.Tensor>(
        tfjsOps,
        shape,
        this.#parameter,
        this.#condition(batch),
        Object.fromEntries(random),
        sampler,
      );
    });
    const values = (await path.data()) as Float32Array;
    path.dispose();
    return values;
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
