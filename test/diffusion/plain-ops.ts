import { layerNormEpsilon, type Ops } from '../../src/diffusion/ops/ops.ts';

/** A tensor of doubles. */
export interface Plain {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

export const plain = (values: ArrayLike<number>, shape: readonly number[]): Plain => {
  if (values.length !== sizeOf(shape)) throw new Error(`${values.length} values for [${shape}]`);
  return { shape, values: Float64Array.from(values) };
};

/** Elementwise with numpy broadcasting, the slow and obvious way. */
function broadcast(a: Plain, b: Plain, f: (x: number, y: number) => number): Plain {
  if (a.values.length === b.values.length && `${a.shape}` === `${b.shape}`)
    return { shape: a.shape, values: a.values.map((x, i) => f(x, b.values[i])) };
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = (x: Plain) => [...Array(rank - x.shape.length).fill(1), ...x.shape] as number[];
  const [sa, sb] = [padded(a), padded(b)];
  const shape = sa.map((n, i) => {
    if (n !== sb[i] && n !== 1 && sb[i] !== 1) throw new Error(`cannot broadcast [${a.shape}] and [${b.shape}]`);
    return Math.max(n, sb[i]);
  });
  const at = (own: number[], index: number[]) => own.reduce((place, n, i) => place * n + (n === 1 ? 0 : index[i]), 0);
  const index = shape.map(() => 0);
  const values = new Float64Array(sizeOf(shape));
  for (let k = 0; k < values.length; k++) {
    values[k] = f(a.values[at(sa, index)], b.values[at(sb, index)]);
    for (let i = rank - 1; i >= 0 && ++index[i] === shape[i]; i--) index[i] = 0;
  }
  return { shape, values };
}

const map = (x: Plain, f: (v: number) => number): Plain => ({ shape: x.shape, values: x.values.map(f) });
const last = (x: Plain) => x.shape[x.shape.length - 1];

/** The third interpreter of the tensor language: double precision and textbook loops, the truth that the other two are held to. */
export const plainOps: Ops<Plain> = {
  constant: (values, shape) => plain(values, shape),
  add: (a, b) => broadcast(a, b, (x, y) => x + y),
  sub: (a, b) => broadcast(a, b, (x, y) => x - y),
  mul: (a, b) => broadcast(a, b, (x, y) => x * y),
  div: (a, b) => broadcast(a, b, (x, y) => x / y),
  addScalar: (x, k) => map(x, (v) => v + k),
  mulScalar: (x, k) => map(x, (v) => v * k),
  silu: (x) => map(x, (v) => v / (1 + Math.exp(-v))),
  softplus: (x) => map(x, (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
  layerNorm: (x, affine) => {
    const n = last(x);
    const values = new Float64Array(x.values.length);
    for (let from = 0; from < values.length; from += n) {
      const row = x.values.subarray(from, from + n);
      const mean = row.reduce((a, b) => a + b, 0) / n;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
      for (let i = 0; i < n; i++) values[from + i] = (row[i] - mean) / Math.sqrt(variance + layerNormEpsilon);
    }
    const normal = { shape: x.shape, values };
    return affine === undefined ? normal : plainOps.add(plainOps.mul(normal, affine.scale), affine.shift);
  },
  linear: (x, weight, bias) => {
    const [inputs, outputs] = weight.shape;
    const rows = x.values.length / inputs;
    const values = new Float64Array(rows * outputs);
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias.values[o];
        for (let i = 0; i < inputs; i++) sum += x.values[r * inputs + i] * weight.values[i * outputs + o];
        values[r * outputs + o] = sum;
      }
    }
    return { shape: [...x.shape.slice(0, -1), outputs], values };
  },
  mix: (weight, x) => {
    const [rows, n] = weight.shape;
    const features = last(x);
    const outer = x.values.length / (n * features);
    const values = new Float64Array(outer * rows * features);
    for (let b = 0; b < outer; b++) {
      for (let r = 0; r < rows; r++) {
        for (let i = 0; i < n; i++) {
          for (let f = 0; f < features; f++)
            values[(b * rows + r) * features + f] += weight.values[r * n + i] * x.values[(b * n + i) * features + f];
        }
      }
    }
    return { shape: [...x.shape.slice(0, -2), rows, features], values };
  },
  repeat: (x, times) => {
    const [batch, ...rest] = x.shape;
    const width = x.values.length / batch;
    const values = Float64Array.from(
      { length: x.values.length * times },
      (_, i) => x.values[Math.floor(i / width / times) * width + (i % width)],
    );
    return plain(values, [batch * times, ...rest]);
  },
  reshape: (x, shape) => {
    const known = shape.reduce((a, b) => (b === -1 ? a : a * b), 1);
    return plain(
      x.values,
      shape.map((n) => (n === -1 ? x.values.length / known : n)),
    );
  },
  slice: (x, axis, begin, size) => {
    const inner = sizeOf(x.shape.slice(axis + 1));
    const n = x.shape[axis];
    const outer = x.values.length / (inner * n);
    const values = new Float64Array(outer * size * inner);
    for (let o = 0; o < outer; o++)
      values.set(x.values.subarray((o * n + begin) * inner, (o * n + begin + size) * inner), o * size * inner);
    return { shape: x.shape.map((m, i) => (i === axis ? size : m)), values };
  },
};
