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

const mixesDensely = ({ channels }: NetworkShape): boolean => channels <= denseChannelsMax;
const partsOf = (block: number) => ({
  time: `block.${block}.time_mix`,
  channel: `block.${block}.channel_mix`,
  feed: `block.${block}.feed`,
});

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
    const { time, channel, feed } = partsOf(b);
    for (const part of [time, channel, feed]) dense(`${part}.modulation`, embeddingWidth, 3 * n.width, 'zero');
    // mix weights are [rows, n]: the fan-in is the second axis
    specs.set(`${time}.weight`, { shape: [tokens, tokens], init: 'fan_in' });
    if (mixesDensely(n)) specs.set(`${channel}.weight`, { shape: [n.channels, n.channels], init: 'fan_in' });
    else {
      specs.set(`${channel}.down`, { shape: [bottleneckRows, n.channels], init: 'fan_in' });
      specs.set(`${channel}.up`, { shape: [n.channels, bottleneckRows], init: 'fan_in' });
    }
    dense(`${feed}.0`, n.width, 2 * n.width);
    dense(`${feed}.1`, 2 * n.width, n.width);
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

/** What a label and a noise level make of the sublayers, by name. */
export type Modulation<T> = Readonly<Record<string, T>>;

export interface Denoiser<T> {
  /** The part that does not depend on the noise: once a window, shared by all calls. */
  embed(condition: ConditionTensors<T>): T;
  /** The part that depends on label and noise level alone: task [batch, tasks + classes], one-hot each. */
  modulate(task: T, noise: NoiseTensors<T>): Modulation<T>;
  /** Law of clean z given z_sigma [batch, token, channel, patch]; null stands for the null level, where nothing of z is known. */
  denoise(embedded: T, modulation: Modulation<T>, zSigma: T | null, noise: NoiseTensors<T>): Law<T>;
}

export interface DenoiserOptions<T> {
  /** What training does to what a sublayer adds, [batch, token, channel, width]. */
  readonly drop?: (x: T) => T;
  /**
   * One noise level and one label for the whole batch (`task` and `noise` of batch 1), as a program has them that serves. The
   * modulation is then folded into the weights around it: the same function, in fewer passes over the cells, and the modulation
   * can be computed apart, once a label.
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
  const dense = denseLayers(ops, parameter);
  const timeMix = (name: string) => (h: T) => {
    const flat = ops.reshape(h, [-1, tokens, n.channels * n.width]);
    return ops.reshape(ops.mix(parameter(`${name}.weight`), flat), [-1, tokens, n.channels, n.width]);
  };
  const bottleneck = (name: string) => (h: T) =>
    ops.add(h, ops.mix(parameter(`${name}.up`), ops.silu(ops.mix(parameter(`${name}.down`), h))));

  const sublayers = (modulation: Modulation<T>) => {
    const of = (name: string, part: string) => modulation[`${name}.${part}`] as T;
    const norm = (name: string, x: T) => {
      const [scale, shift] = [of(name, 'scale'), of(name, 'shift')];
      return shared ? ops.layerNorm(x, { scale, shift }) : ops.add(ops.mul(ops.layerNorm(x), scale), shift);
    };
    const gated = (name: string, x: T, operation: (h: T) => T): T =>
      ops.add(x, ops.mul(of(name, 'gate'), drop(operation(norm(name, x)))));
    return {
      gated,
      linear: (name: string, x: T, operation: (h: T) => T): T => ops.add(x, drop(operation(norm(name, x)))),
      feed(name: string, x: T): T {
        if (!shared) return gated(name, x, (h) => dense(`${name}.1`, ops.silu(dense(`${name}.0`, h))));
        const hidden = ops.silu(ops.linear(ops.layerNorm(x), of(name, 'weight0'), of(name, 'bias0')));
        return ops.add(x, drop(ops.linear(hidden, of(name, 'weight1'), of(name, 'bias1'))));
      },
    };
  };

  const noBias = ops.constant(new Float32Array(n.width), [n.width]);

  return {
    embed({ cells, time }) {
      const when = ops.add(ops.reshape(dense('time', time), [-1, tokens, 1, n.width]), parameter('position'));
      return ops.add(ops.add(dense('cells', cells), when), ops.add(parameter('channel'), parameter('noisy.bias')));
    },
    modulate(task, noise) {
      const hidden = ops.silu(dense('noise.0', noise.features));
      const level = ops.add(ops.silu(dense('noise.1', hidden)), dense('task', task));
      return modulateSublayers(ops, n, parameter, shared, level);
    },
    denoise(embedded, modulation, zSigma, noise) {
      const { linear, gated, feed } = sublayers(modulation);
      let x = embedded;
      if (zSigma !== null) x = ops.add(x, ops.linear(ops.mul(zSigma, noise.cIn), parameter('noisy.weight'), noBias));
      for (let b = 0; b < n.blocks; b++) {
        const names = partsOf(b);
        x = linear(names.time, x, timeMix(names.time));
        x = mixesDensely(n)
          ? linear(names.channel, x, (h) => ops.mix(parameter(`${names.channel}.weight`), h))
          : gated(names.channel, x, bottleneck(names.channel));
        x = feed(names.feed, x);
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

const denseLayers =
  <T>(ops: Ops<T>, parameter: (name: string) => T) =>
  (name: string, x: T): T =>
    ops.linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`));

/**
 * What a level [batch, embeddingWidth] makes of every sublayer: shift and scale of its norm and its gate. Where one level is
 * `shared` by the whole batch, those of the feed are folded into its weights.
 */
function modulateSublayers<T>(
  ops: Ops<T>,
  n: NetworkShape,
  parameter: (name: string) => T,
  shared: boolean,
  level: T,
): Modulation<T> {
  const dense = denseLayers(ops, parameter);
  /** [batch, 1, 1, width] each, [width] where it is shared. */
  const parts = (name: string) => {
    const all = ops.reshape(dense(`${name}.modulation`, level), shared ? [3 * n.width] : [-1, 1, 1, 3 * n.width]);
    const part = (k: number) => ops.slice(all, shared ? 0 : 3, k * n.width, n.width);
    return { shift: part(0), scale: ops.addScalar(part(1), 1), gate: part(2) };
  };
  // the gate of what is linear is applied where it costs nothing: to the affine part of the norm
  const gatedNorm = (name: string) => {
    const { shift, scale, gate } = parts(name);
    return { scale: ops.mul(gate, scale), shift: ops.mul(gate, shift) };
  };
  const foldedFeed = (name: string) => {
    const { shift, scale, gate } = parts(name);
    const [weight0, bias0] = [parameter(`${name}.0.weight`), parameter(`${name}.0.bias`)];
    const [weight1, bias1] = [parameter(`${name}.1.weight`), parameter(`${name}.1.bias`)];
    return {
      weight0: ops.mul(ops.reshape(scale, [n.width, 1]), weight0),
      bias0: ops.reshape(ops.linear(ops.reshape(shift, [1, n.width]), weight0, bias0), [2 * n.width]),
      weight1: ops.mul(weight1, gate),
      bias1: ops.mul(bias1, gate),
    };
  };
  const all: Record<string, T> = {};
  const keep = (name: string, values: Readonly<Record<string, T>>) => {
    for (const [part, value] of Object.entries(values)) all[`${name}.${part}`] = value;
  };
  for (let b = 0; b < n.blocks; b++) {
    const { time, channel, feed } = partsOf(b);
    keep(time, gatedNorm(time));
    keep(channel, mixesDensely(n) ? gatedNorm(channel) : parts(channel));
    keep(feed, shared ? foldedFeed(feed) : parts(feed));
  }
  return all;
}
