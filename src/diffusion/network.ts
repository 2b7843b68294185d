import type { Ops } from './ops/ops.ts';
import { noiseFrequencies } from './precondition.ts';

/** Sizes of a network; part of the model package. */
export interface NetworkShape {
  /** Rows of a window, a multiple of `patch`. */
  readonly length: number;
  /** Channels the network sees (those that varied in training). */
  readonly channels: number;
  /** Rows a token. */
  readonly patch: number;
  /** Features a token. */
  readonly width: number;
  readonly blocks: number;
  /** Features of one cell that do not depend on the noise. */
  readonly cellFeatures: number;
  /** Features of one (token, channel) pair. */
  readonly tokenFeatures: number;
  /** Features of the time of a token. */
  readonly timeFeatures: number;
  /** Labels of a call: its task, then the class of its series. */
  readonly tasks: number;
}

/** Channels beyond which channel mixing goes through a bottleneck of this many rows. */
const denseChannelsMax = 250;
const bottleneckRows = 64;
const embeddingWidth = 64;

export type Initialiser = 'zero' | 'fan_in' | 'embedding';

export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly init: Initialiser;
}

/** Every parameter by name. The order is the order of the weights file. */
export function parameterSpecs(n: NetworkShape): Map<string, ParameterSpec> {
  const specs = new Map<string, ParameterSpec>();
  const dense = (name: string, inputs: number, outputs: number, init: Initialiser = 'fan_in') => {
    specs.set(`${name}.weight`, { shape: [inputs, outputs], init });
    specs.set(`${name}.bias`, { shape: [outputs], init: 'zero' });
  };
  dense('cells', n.patch * n.cellFeatures + n.tokenFeatures, n.width);
  dense('noisy', n.patch, n.width);
  dense('time', n.timeFeatures, n.width);
  specs.set('channel', { shape: [1, 1, n.channels, n.width], init: 'embedding' });
  specs.set('position', { shape: [1, n.length / n.patch, 1, n.width], init: 'embedding' });
  dense('noise.0', 2 * noiseFrequencies, embeddingWidth);
  dense('noise.1', embeddingWidth, embeddingWidth);
  dense('task', n.tasks, embeddingWidth, 'zero');
  const tokens = n.length / n.patch;
  for (let b = 0; b < n.blocks; b++) {
    for (const part of ['time_mix', 'channel_mix', 'feed'])
      dense(`block.${b}.${part}.modulation`, embeddingWidth, 3 * n.width, 'zero');
    // mix weights are [rows, n]: the fan-in is the second axis
    specs.set(`block.${b}.time_mix.weight`, { shape: [tokens, tokens], init: 'fan_in' });
    if (n.channels <= denseChannelsMax)
      specs.set(`block.${b}.channel_mix.weight`, { shape: [n.channels, n.channels], init: 'fan_in' });
    else {
      specs.set(`block.${b}.channel_mix.down`, { shape: [bottleneckRows, n.channels], init: 'fan_in' });
      specs.set(`block.${b}.channel_mix.up`, { shape: [n.channels, bottleneckRows], init: 'fan_in' });
    }
    dense(`block.${b}.feed.0`, n.width, 2 * n.width);
    dense(`block.${b}.feed.1`, 2 * n.width, n.width);
  }
  dense('head', n.width, 2 * n.patch, 'zero');
  return specs;
}

export const parameterCount = (n: NetworkShape): number =>
  [...parameterSpecs(n).values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** A condition as the network takes it, in token layout. */
export interface ConditionTensors<T> {
  /** [batch, token, channel, patch cellFeatures + tokenFeatures] */
  readonly cells: T;
  /** [batch, token, timeFeatures] */
  readonly time: T;
  /** [batch, tasks + classes], one-hot each */
  readonly task: T;
}

/** A noise level as the network takes it. Batch may be 1: one level for all. */
export interface NoiseTensors<T> {
  /** [batch, 2 frequencies] */
  readonly features: T;
  /** [batch, 1, 1, 1] each */
  readonly cIn: T;
  readonly cSkip: T;
  readonly cOut: T;
}

/** A logistic law for every cell, [batch, token, channel, patch] each. */
export interface Law<T> {
  readonly location: T;
  readonly scale: T;
}

export interface Denoiser<T> {
  /** The part that does not depend on the noise: once a window, shared by all calls. */
  embed(condition: ConditionTensors<T>): T;
  /** Law of clean z given z_sigma [batch, token, channel, patch]; null stands for the null level, where nothing of z is known. */
  denoise(embedded: T, task: T, zSigma: T | null, noise: NoiseTensors<T>): Law<T>;
}

export interface DenoiserOptions<T> {
  /** What training does to what a sublayer adds, [batch, token, channel, width]. */
  readonly drop?: (x: T) => T;
  /**
   * One noise level and one label for the whole batch (`task` and `noise` of batch 1), as a program has them that serves. The
   * modulation is then folded into the weights around it: the same function, in fewer passes over the cells.
   */
  readonly shared?: boolean;
}

/**
 * Distributional denoiser: a mixer over tokens (time patches) and channels, modulated by the noise level (adaptive layer norm
 * with zero-initialised gates, Peebles & Xie 2023), preconditioned as EDM. Location c_skip z_sigma + c_out f, scale c_out s.
 */
export function createDenoiser<T>(
  ops: Ops<T>,
  n: NetworkShape,
  parameter: (name: string) => T,
  { drop = (x) => x, shared = false }: DenoiserOptions<T> = {},
): Denoiser<T> {
  const tokens = n.length / n.patch;
  const dense = (name: string, x: T) => ops.linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`));
  const timeMix = (name: string) => (h: T) => {
    const flat = ops.reshape(h, [-1, tokens, n.channels * n.width]);
    return ops.reshape(ops.mix(parameter(`${name}.weight`), flat), [-1, tokens, n.channels, n.width]);
  };
  const bottleneck = (name: string) => (h: T) =>
    ops.add(h, ops.mix(parameter(`${name}.up`), ops.silu(ops.mix(parameter(`${name}.down`), h))));

  /** Sublayers under one noise level and label: for each row of the batch, or for all of it. */
  const sublayers = (level: T) => {
    const modulation = (name: string) => {
      const all = ops.reshape(dense(`${name}.modulation`, level), shared ? [3 * n.width] : [-1, 1, 1, 3 * n.width]);
      const part = (k: number) => ops.slice(all, shared ? 0 : 3, k * n.width, n.width);
      return { shift: part(0), scale: ops.addScalar(part(1), 1), gate: part(2) };
    };
    const norm = (x: T, scale: T, shift: T) =>
      shared ? ops.layerNorm(x, { scale, shift }) : ops.add(ops.mul(ops.layerNorm(x), scale), shift);
    return {
      // the gate of what is linear is applied where it costs nothing: to the affine part of the norm
      linear(name: string, x: T, operation: (h: T) => T): T {
        const { shift, scale, gate } = modulation(name);
        return ops.add(x, drop(operation(norm(x, ops.mul(gate, scale), ops.mul(gate, shift)))));
      },
      gated(name: string, x: T, operation: (h: T) => T): T {
        const { shift, scale, gate } = modulation(name);
        return ops.add(x, ops.mul(gate, drop(operation(norm(x, scale, shift)))));
      },
      feed(name: string, x: T): T {
        const { shift, scale, gate } = modulation(name);
        const [weight0, bias0] = [parameter(`${name}.0.weight`), parameter(`${name}.0.bias`)];
        const [weight1, bias1] = [parameter(`${name}.1.weight`), parameter(`${name}.1.bias`)];
        if (!shared) {
          const hidden = ops.silu(ops.linear(norm(x, scale, shift), weight0, bias0));
          return ops.add(x, ops.mul(gate, drop(ops.linear(hidden, weight1, bias1))));
        }
        const moved = ops.reshape(ops.linear(ops.reshape(shift, [1, n.width]), weight0, bias0), [2 * n.width]);
        const scaled = ops.mul(ops.reshape(scale, [n.width, 1]), weight0);
        const hidden = ops.silu(ops.linear(ops.layerNorm(x), scaled, moved));
        const out = ops.linear(hidden, ops.mul(weight1, gate), ops.mul(bias1, gate));
        return ops.add(x, drop(out));
      },
    };
  };

  const noBias = ops.constant(new Float32Array(n.width), [n.width]);

  return {
    embed({ cells, time }) {
      const when = ops.add(ops.reshape(dense('time', time), [-1, tokens, 1, n.width]), parameter('position'));
      return ops.add(ops.add(dense('cells', cells), when), ops.add(parameter('channel'), parameter('noisy.bias')));
    },
    denoise(embedded, task, zSigma, noise) {
      const hidden = ops.silu(dense('noise.0', noise.features));
      const level = ops.add(ops.silu(dense('noise.1', hidden)), dense('task', task));
      const { linear, gated, feed } = sublayers(level);
      let x = embedded;
      if (zSigma !== null) x = ops.add(x, ops.linear(ops.mul(zSigma, noise.cIn), parameter('noisy.weight'), noBias));
      for (let b = 0; b < n.blocks; b++) {
        const [time, channel] = [`block.${b}.time_mix`, `block.${b}.channel_mix`];
        x = linear(time, x, timeMix(time));
        x =
          n.channels <= denseChannelsMax
            ? linear(channel, x, (h) => ops.mix(parameter(`${channel}.weight`), h))
            : gated(channel, x, bottleneck(channel));
        x = feed(`block.${b}.feed`, x);
      }
      const head = dense('head', ops.layerNorm(x));
      const f = ops.mul(ops.slice(head, 3, 0, n.patch), noise.cOut);
      const s = ops.addScalar(ops.softplus(ops.addScalar(ops.slice(head, 3, n.patch, n.patch), -0.2)), 1e-3);
      return {
        location: zSigma === null ? f : ops.add(f, ops.mul(zSigma, noise.cSkip)),
        scale: ops.mul(s, noise.cOut),
      };
    },
  };
}
