import {
  type AttributeMessage,
  attributeType,
  elementType,
  encodeOnnxModel,
  type NodeMessage,
  type TensorMessage,
  type ValueMessage,
} from './onnx-proto.ts';
import { layerNormEpsilon, type Ops } from './ops.ts';

/** A value of the graph that is being written: its name and shape, -1 for the batch axis. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Writes a program down as an ONNX graph instead of running it. */
export class OnnxBuilder implements Ops<OnnxValue> {
  readonly #nodes: NodeMessage[] = [];
  readonly #initializers: TensorMessage[] = [];
  readonly #inputs: ValueMessage[] = [];
  readonly #scalars = new Map<number, OnnxValue>();
  #count = 0;

  /** A tensor that the caller feeds. */
  input(name: string, shape: readonly number[]): OnnxValue {
    this.#inputs.push({ name, shape });
    return { name, shape };
  }

  /** A named weight. */
  weight(name: string, values: Float32Array, shape: readonly number[]): OnnxValue {
    const bytes = new Uint8Array(values.slice().buffer);
    this.#initializers.push({ name, dims: shape, dataType: elementType.float, rawData: bytes });
    return { name, shape };
  }

  /** The finished model file; outputs are named by their keys. */
  build(name: string, outputs: Readonly<Record<string, OnnxValue>>): Uint8Array {
    const output = Object.entries(outputs).map(([key, value]) => {
      this.#nodes.push({ opType: 'Identity', name: key, input: [value.name], output: [key], attribute: [] });
      return { name: key, shape: value.shape };
    });
    return encodeOnnxModel({ name, node: this.#nodes, initializer: this.#initializers, input: this.#inputs, output });
  }

  constant(values: Float32Array, shape: readonly number[]): OnnxValue {
    return this.weight(`constant_${this.#count++}`, values, shape);
  }
  add(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.#node('Add', [a, b], broadcast(a.shape, b.shape));
  }
  sub(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.#node('Sub', [a, b], broadcast(a.shape, b.shape));
  }
  mul(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.#node('Mul', [a, b], broadcast(a.shape, b.shape));
  }
  div(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.#node('Div', [a, b], broadcast(a.shape, b.shape));
  }
  addScalar(x: OnnxValue, k: number): OnnxValue {
    return this.add(x, this.#scalar(k));
  }
  mulScalar(x: OnnxValue, k: number): OnnxValue {
    return this.mul(x, this.#scalar(k));
  }
  silu(x: OnnxValue): OnnxValue {
    return this.mul(x, this.#node('Sigmoid', [x], x.shape));
  }
  softplus(x: OnnxValue): OnnxValue {
    // max(x, 0) + ln(1 + e^-|x|): the runtime's own Softplus is scalar code, many times slower than these vectorised steps
    const shape = x.shape;
    const decay = this.#node('Exp', [this.#node('Neg', [this.#node('Abs', [x], shape)], shape)], shape);
    return this.add(this.#node('Relu', [x], shape), this.#node('Log', [this.addScalar(decay, 1)], shape));
  }
  layerNorm(x: OnnxValue, affine?: { readonly scale: OnnxValue; readonly shift: OnnxValue }): OnnxValue {
    const width = x.shape.at(-1) as number;
    const epsilon: AttributeMessage = { name: 'epsilon', type: attributeType.float, f: layerNormEpsilon };
    if (affine !== undefined) {
      const axis: AttributeMessage = { name: 'axis', type: attributeType.int, i: -1 };
      return this.#node('LayerNormalization', [x, affine.scale, affine.shift], x.shape, [axis, epsilon]);
    }
    const rows = this.reshape(x, [-1, 1, width]);
    const [one, zero] = [this.#scalar(1), this.#scalar(0)];
    return this.reshape(this.#node('InstanceNormalization', [rows, one, zero], rows.shape, [epsilon]), x.shape);
  }
  linear(x: OnnxValue, weight: OnnxValue, bias: OnnxValue): OnnxValue {
    // Gemm takes matrices only, and takes the bias along
    const [inputs, outputs] = weight.shape as [number, number];
    const product = (rows: OnnxValue) => this.#node('Gemm', [rows, weight, bias], [rows.shape[0] as number, outputs]);
    if (x.shape.length === 2) return product(x);
    return this.reshape(product(this.reshape(x, [-1, inputs])), [...x.shape.slice(0, -1), outputs]);
  }
  mix(weight: OnnxValue, x: OnnxValue): OnnxValue {
    const shape = [...x.shape.slice(0, -2), weight.shape[0] as number, x.shape.at(-1) as number];
    return this.#node('MatMul', [weight, x], shape);
  }
  reshape(x: OnnxValue, shape: readonly number[]): OnnxValue {
    return this.#node('Reshape', [x, this.#integers(shape)], shape);
  }
  repeat(x: OnnxValue, times: number): OnnxValue {
    const rest = x.shape.slice(1);
    const columns = this.reshape(x, [-1, 1, ...rest]);
    const shape = [-1, times, ...rest];
    const all = this.#node('Expand', [columns, this.#integers([1, times, ...rest.map(() => 1)])], shape);
    return this.reshape(all, [-1, ...rest]);
  }
  slice(x: OnnxValue, axis: number, begin: number, size: number): OnnxValue {
    const shape = x.shape.map((n, i) => (i === axis ? size : n));
    return this.#node(
      'Slice',
      [x, this.#integers([begin]), this.#integers([begin + size]), this.#integers([axis])],
      shape,
    );
  }

  #scalar(k: number): OnnxValue {
    const known = this.#scalars.get(k);
    if (known !== undefined) return known;
    const made = this.constant(new Float32Array([k]), [1]);
    this.#scalars.set(k, made);
    return made;
  }

  #integers(values: readonly number[]): OnnxValue {
    const name = `integers_${this.#count++}`;
    const rawData = new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
    this.#initializers.push({ name, dims: [values.length], dataType: elementType.int64, rawData });
    return { name, shape: [values.length] };
  }

  #node(
    opType: string,
    inputs: readonly OnnxValue[],
    shape: readonly number[],
    attribute: readonly AttributeMessage[] = [],
  ): OnnxValue {
    const name = `${opType.toLowerCase()}_${this.#count++}`;
    this.#nodes.push({ opType, name, input: inputs.map((v) => v.name), output: [name], attribute });
    return { name, shape };
  }
}

/** numpy broadcasting; the batch axis (-1) wins over 1. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    return x === -1 || y === -1 ? -1 : Math.max(x, y);
  });
}
