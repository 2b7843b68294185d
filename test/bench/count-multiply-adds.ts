import { type NetworkShape, parameterSpecs } from '../../src/diffusion/network.ts';
import type { Ops } from '../../src/diffusion/ops/ops.ts';
import { conditionInputs, labelProgram, marginalProgram } from '../../src/diffusion/program.ts';

type Shape = readonly number[];

const elements = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/**
 * Multiply-adds of one null call for one window: the serving program itself, run on shapes alone. Counted are the matrix
 * products; elementwise operations are not, nor what is made of a label once and for all.
 */
export function countMultiplyAdds(network: NetworkShape): number {
  const ops = new CountingOps();
  const one = (shape: Shape) => shape.map((n) => (n === -1 ? 1 : n));
  const specs = parameterSpecs(network);
  const { cells, time, task } = conditionInputs(network);
  const inputs = { cells: one(cells), time: one(time), task: one(task) };
  const parameter = (name: string): Shape => specs.get(name)?.shape ?? [];
  const modulation = labelProgram<Shape>(new CountingOps(), network, parameter, inputs.task);
  marginalProgram<Shape>(ops, network, parameter, inputs, modulation);
  return ops.multiplyAdds;
}

/** Interprets a program for a batch of one on the shapes of its tensors. */
class CountingOps implements Ops<Shape> {
  multiplyAdds = 0;

  constant = (_: Float32Array, shape: Shape): Shape => shape;
  add = broadcast;
  sub = broadcast;
  mul = broadcast;
  div = broadcast;
  addScalar = (x: Shape): Shape => x;
  mulScalar = (x: Shape): Shape => x;
  silu = (x: Shape): Shape => x;
  softplus = (x: Shape): Shape => x;
  layerNorm = (x: Shape): Shape => x;

  linear(x: Shape, weight: Shape): Shape {
    this.multiplyAdds += elements(x) * weight[1];
    return [...x.slice(0, -1), weight[1]];
  }

  mix(weight: Shape, x: Shape): Shape {
    this.multiplyAdds += weight[0] * elements(x);
    return [...x.slice(0, -2), weight[0], ...x.slice(-1)];
  }

  reshape(x: Shape, shape: Shape): Shape {
    const known = elements(shape.filter((n) => n !== -1));
    return shape.map((n) => (n === -1 ? elements(x) / known : n));
  }

  repeat([batch = 1, ...rest]: Shape, times: number): Shape {
    return [batch * times, ...rest];
  }

  slice(x: Shape, axis: number, _begin: number, size: number): Shape {
    return x.map((n, i) => (i === axis ? size : n));
  }
}

function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => Math.max(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1));
}
