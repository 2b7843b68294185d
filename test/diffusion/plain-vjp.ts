import type { Vjp } from '../../src/diffusion/ops/ops.ts';
import type { Plain } from './plain-ops.ts';

/** Vector-Jacobian product by central differences of the double-precision interpreter; z is [batch, ...], rows independent. */
export const plainVjp: Vjp<Plain> = (f, z, cotangent) => {
  const h = 1e-5;
  const rows = z.shape[0];
  const cells = z.values.length / rows;
  const product = new Float64Array(z.values.length);
  for (let i = 0; i < cells; i++) {
    const moved = (by: number) => f({ shape: z.shape, values: z.values.map((v, k) => (k % cells === i ? v + by : v)) });
    const [up, down] = [moved(h).values, moved(-h).values];
    const outputs = up.length / rows;
    for (let r = 0; r < rows; r++) {
      for (let j = r * outputs; j < (r + 1) * outputs; j++)
        product[r * cells + i] += ((up[j] - down[j]) / (2 * h)) * cotangent.values[j % cotangent.values.length];
    }
  }
  return { value: f(z), product: { shape: z.shape, values: product } };
};
