import * as tf from '@tensorflow/tfjs-core';
import { layerNormEpsilon, type Ops } from './ops.ts';

const last = (x: tf.Tensor): number => x.shape[x.shape.length - 1] as number;
const rowsOf = (x: tf.Tensor): number => x.size / last(x);

/**
 * [rows, in] [in, out] with a gradient that transposes explicitly: the transposed matMul that tfjs would use is many times
 * slower on wasm and no faster on native TensorFlow.
 */
const linear2d = tf.customGrad((x, weight, save) => {
  const gradSaver = save as unknown as tf.GradSaveFunc;
  const a = x as tf.Tensor2D;
  const w = weight as tf.Tensor2D;
  gradSaver([a, w]);
  return {
    value: tf.matMul(a, w),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedX, savedW] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.matMul(dy as tf.Tensor2D, tf.transpose(savedW)), tf.matMul(tf.transpose(savedX), dy as tf.Tensor2D)];
    },
  };
});

/** weight [rows, n] times every [n, features] of x [batch, n, features]. */
const mix3d = tf.customGrad((weight, x, save) => {
  const gradSaver = save as unknown as tf.GradSaveFunc;
  const w = weight as tf.Tensor2D;
  const a = x as tf.Tensor3D;
  gradSaver([w, a]);
  const [rows, n] = w.shape;
  return {
    value: tf.matMul(tf.reshape(w, [1, rows, n]), a),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedW, savedX] = saved as [tf.Tensor2D, tf.Tensor3D];
      const flat = savedX.shape[0] * savedX.shape[2];
      const dyRows = tf.reshape(tf.transpose(dy as tf.Tensor3D, [1, 0, 2]), [rows, flat]);
      const xColumns = tf.reshape(tf.transpose(savedX, [0, 2, 1]), [flat, n]);
      return [
        tf.matMul(dyRows, xColumns),
        tf.matMul(tf.reshape(tf.transpose(savedW), [1, n, rows]), dy as tf.Tensor3D),
      ];
    },
  };
});

/** x sigmoid(x); the gradient written out takes four passes over the cells where the chain rule takes seven. */
const siluOnce = tf.customGrad((x, save) => {
  const gradSaver = save as unknown as tf.GradSaveFunc;
  const sigmoid = tf.sigmoid(x as tf.Tensor);
  const value = tf.mul(x as tf.Tensor, sigmoid);
  gradSaver([sigmoid, value]);
  return {
    value,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [s, y] = saved as [tf.Tensor, tf.Tensor];
      return tf.mul(dy, tf.add(s, tf.sub(y, tf.mul(y, s))));
    },
  };
});

/** Layer normalisation; gradient (dy - mean dy - y mean(dy y)) / std in one step instead of through every operation. */
const layerNormOnce = tf.customGrad((x, save) => {
  const gradSaver = save as unknown as tf.GradSaveFunc;
  const centred = tf.sub(x as tf.Tensor, tf.mean(x as tf.Tensor, -1, true));
  const inverseStd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), layerNormEpsilon));
  const value = tf.mul(centred, inverseStd);
  gradSaver([value, inverseStd]);
  return {
    value,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [y, r] = saved as [tf.Tensor, tf.Tensor];
      const along = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
      return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along), r);
    },
  };
});

/** Runs the program at once in TensorFlow.js, differentiably, on whatever backend is set. The caller tidies. */
export const tfjsOps: Ops<tf.Tensor> = {
  constant: (values, shape) => tf.tensor(values, [...shape], 'float32'),
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.mul(a, b),
  div: (a, b) => tf.div(a, b),
  addScalar: (x, k) => tf.add(x, k),
  mulScalar: (x, k) => tf.mul(x, k),
  silu: (x) => siluOnce(x),
  softplus: (x) => tf.softplus(x),
  layerNorm: (x, affine) => {
    const normal = layerNormOnce(x);
    return affine === undefined ? normal : tf.add(tf.mul(normal, affine.scale), affine.shift);
  },
  linear: (x, weight, bias) => {
    const out = tf.add(linear2d(tf.reshape(x, [rowsOf(x), last(x)]), weight), bias);
    return tf.reshape(out, [...x.shape.slice(0, -1), last(weight)]);
  },
  mix: (weight, x) => {
    const n = x.shape[x.shape.length - 2] as number;
    const batch = x.size / (n * last(x));
    const out = mix3d(weight, tf.reshape(x, [batch, n, last(x)]));
    return tf.reshape(out, [...x.shape.slice(0, -2), weight.shape[0] as number, last(x)]);
  },
  reshape: (x, shape) => tf.reshape(x, [...shape]),
  repeat: (x, times) => {
    const [batch, ...rest] = x.shape as [number, ...number[]];
    const columns = tf.reshape(x, [batch, 1, x.size / batch]);
    return tf.reshape(tf.tile(columns, [1, times, 1]), [batch * times, ...rest]);
  },
  slice: (x, axis, begin, size) => {
    const begins = x.shape.map((_, i) => (i === axis ? begin : 0));
    const sizes = x.shape.map((n, i) => (i === axis ? size : n));
    return tf.slice(x, begins, sizes);
  },
};
