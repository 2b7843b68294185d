import type { Weight } from './model.ts';

export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** All that the next update depends on. */
export interface AdamWState {
  readonly step: number;
  readonly weights: ReadonlyMap<string, Weight>;
  readonly average: ReadonlyMap<string, Weight>;
  readonly moments: ReadonlyMap<string, Moments>;
}

/**
 * AdamW (Loshchilov & Hutter 2019) with global gradient clipping and an exponential moving average of the weights, on plain
 * arrays: the networks are small, the optimiser is the same on every engine, and its state is easily saved.
 */
export class AdamW {
  readonly weights: ReadonlyMap<string, Weight>;
  /** The average that is validated and served. */
  readonly average: ReadonlyMap<string, Weight>;
  readonly #moments: ReadonlyMap<string, Moments>;
  readonly #decay: number;
  readonly #averageDecay: number;
  #step: number;

  /** From fresh weights, or where a state left off. Both are copied. */
  constructor(
    from: ReadonlyMap<string, Weight> | AdamWState,
    options: { readonly weightDecay: number; readonly averageDecay: number },
  ) {
    const { step, weights, average, moments } = 'moments' in from ? from : startOf(from);
    this.#step = step;
    this.weights = cloneWeights(weights);
    this.average = cloneWeights(average);
    this.#moments = cloneMoments(moments);
    this.#decay = options.weightDecay;
    this.#averageDecay = options.averageDecay;
  }

  /** A copy. */
  state(): AdamWState {
    return {
      step: this.#step,
      weights: cloneWeights(this.weights),
      average: cloneWeights(this.average),
      moments: cloneMoments(this.#moments),
    };
  }

  /** One update; returns the norm of the gradient before clipping. */
  update(gradients: ReadonlyMap<string, Float32Array>, learningRate: number, clipNorm: number): number {
    let squares = 0;
    for (const gradient of gradients.values()) for (const g of gradient) squares += g * g;
    const norm = Math.sqrt(squares);
    if (!Number.isFinite(norm)) return norm; // a step that overflowed teaches nothing
    this.#step++;
    const clip = norm > clipNorm ? clipNorm / norm : 1;
    const correction1 = 1 - 0.9 ** this.#step;
    const correction2 = 1 - 0.999 ** this.#step;
    // early averages would be dominated by the random start
    const averageDecay = Math.min(this.#averageDecay, (1 + this.#step) / (10 + this.#step));
    for (const [name, { values, shape }] of this.weights) {
      const gradient = gradients.get(name) as Float32Array;
      const { first, second } = this.#moments.get(name) as Moments;
      const average = (this.average.get(name) as Weight).values;
      const shrink = shape.length >= 2 ? 1 - learningRate * this.#decay : 1;
      for (let i = 0; i < values.length; i++) {
        const g = (gradient[i] as number) * clip;
        first[i] = 0.9 * (first[i] as number) + 0.1 * g;
        second[i] = 0.999 * (second[i] as number) + 0.001 * g * g;
        const step = (first[i] as number) / correction1 / (Math.sqrt((second[i] as number) / correction2) + 1e-8);
        values[i] = (values[i] as number) * shrink - learningRate * step;
        average[i] = averageDecay * (average[i] as number) + (1 - averageDecay) * (values[i] as number);
      }
    }
    return norm;
  }
}

export const cloneWeights = (weights: ReadonlyMap<string, Weight>): Map<string, Weight> =>
  new Map([...weights].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]));

const cloneMoments = (moments: ReadonlyMap<string, Moments>): Map<string, Moments> =>
  new Map([...moments].map(([name, { first, second }]) => [name, { first: first.slice(), second: second.slice() }]));

const startOf = (weights: ReadonlyMap<string, Weight>): AdamWState => ({
  step: 0,
  weights,
  average: weights,
  moments: new Map(
    [...weights].map(([name, { values }]) => [
      name,
      { first: new Float32Array(values.length), second: new Float32Array(values.length) },
    ]),
  ),
});
