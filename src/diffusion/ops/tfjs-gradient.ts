// the union package registers the gradients of all kernels; tfjs-core alone has none
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../../core/rng.ts';
import type { Weight } from '../model.ts';
import { createDenoiser, type NetworkShape } from '../network.ts';
import { tfjsOps } from './tfjs.ts';

/** A training batch in the network's layout. */
export interface TrainingBatch {
  readonly size: number;
  readonly cells: Float32Array;
  readonly time: Float32Array;
  readonly task: Float32Array;
  /** [batch, token, channel, patch]: noisy target on generated cells, 0 elsewhere and at the null level. */
  readonly zSigma: Float32Array;
  /** Clean target, same layout; read where weight > 0. */
  readonly target: Float32Array;
  /** 1 on cells that count. */
  readonly weight: Float32Array;
  /** [batch, noise features] */
  readonly noise: Float32Array;
  /** [batch] each */
  readonly cIn: Float32Array;
  readonly cSkip: Float32Array;
  readonly cOut: Float32Array;
}

/** Dropout of what a sublayer adds (Srivastava et al. 2014), by (window, token, feature): the same for all channels of a token. */
export interface Dropout {
  readonly rate: number;
  readonly rng: Rng;
}

function keepMask(shape: readonly number[], { rate, rng }: Dropout): tf.Tensor {
  const [batch, tokens, , features] = shape as [number, number, number, number];
  const keep = Float32Array.from({ length: batch * tokens * features }, () =>
    rng.uniform() < rate ? 0 : 1 / (1 - rate),
  );
  return tf.tensor(keep, [batch, tokens, 1, features]);
}

/** CRPS of the predicted logistic law over cOut, averaged over the cells that count: s (w + 2 softplus(-w) - 1). */
function loss(
  shape: NetworkShape,
  batch: TrainingBatch,
  parameter: (name: string) => tf.Tensor,
  dropout: Dropout | undefined,
): tf.Scalar {
  const tokens = shape.length / shape.patch;
  const cellShape = [batch.size, tokens, shape.channels, shape.patch];
  const perSample = (values: Float32Array) => tf.tensor(values, [batch.size, 1, 1, 1]);
  const denoiser = createDenoiser<tf.Tensor>(
    tfjsOps,
    shape,
    parameter,
    dropout === undefined ? {} : { drop: (x) => tf.mul(x, keepMask(x.shape, dropout)) },
  );
  const task = tf.tensor(batch.task, [batch.size, shape.tasks]);
  const embedded = denoiser.embed({
    cells: tf.tensor(batch.cells, [
      batch.size,
      tokens,
      shape.channels,
      shape.patch * shape.cellFeatures + shape.tokenFeatures,
    ]),
    time: tf.tensor(batch.time, [batch.size, tokens, shape.timeFeatures]),
  });
  const cOut = perSample(batch.cOut);
  const noise = {
    features: tf.tensor(batch.noise, [batch.size, batch.noise.length / batch.size]),
    cIn: perSample(batch.cIn),
    cSkip: perSample(batch.cSkip),
    cOut,
  };
  const law = denoiser.denoise(embedded, denoiser.modulate(task, noise), tf.tensor(batch.zSigma, cellShape), noise);
  const w = tf.div(tf.sub(tf.tensor(batch.target, cellShape), law.location), law.scale);
  const crps = tf.mul(law.scale, tf.sub(tf.add(w, tf.mul(2, tf.softplus(tf.neg(w)))), 1));
  const weight = tf.tensor(batch.weight, cellShape);
  return tf.div(tf.sum(tf.mul(tf.div(crps, cOut), weight)), tf.maximum(tf.sum(weight), 1)) as tf.Scalar;
}

/** Loss and its gradient by parameter name. Leaves no tensor behind. */
export async function lossAndGradients(
  shape: NetworkShape,
  weights: ReadonlyMap<string, Weight>,
  batch: TrainingBatch,
  dropout?: Dropout,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const names = [...weights.keys()];
  const tensors = tf.tidy(() => {
    const inputs = [...weights.values()].map((w) => tf.tensor(w.values, [...w.shape]));
    const { value, grads } = tf.valueAndGrads((...parameters: tf.Tensor[]) => {
      const byName = new Map(names.map((name, i) => [name, parameters[i] as tf.Tensor]));
      return loss(shape, batch, (name) => byName.get(name) as tf.Tensor, dropout);
    })(inputs);
    return [value, ...grads];
  });
  const values = (await Promise.all(tensors.map((t) => t.data()))) as Float32Array[];
  tf.dispose(tensors);
  return {
    loss: (values[0] as Float32Array)[0] as number,
    gradients: new Map(names.map((name, i) => [name, values[i + 1] as Float32Array])),
  };
}
