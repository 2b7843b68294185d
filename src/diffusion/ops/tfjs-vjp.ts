// the union package registers the gradients of all kernels; tfjs-core alone has none
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Vjp } from './ops.ts';

/** Vector-Jacobian product by reverse-mode differentiation, on whatever backend is set. The caller tidies. */
export const tfjsVjp: Vjp<tf.Tensor> = (f, z, cotangent) => {
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => f(x))(z, cotangent);
  return { value, product: grad };
};
