import type { CallInput } from '../../../../src/diffusion/call.ts';
import { crpsSum } from '../../../../src/eval/crps-sum.ts';
import { energyScore } from '../../../../src/eval/energy-score.ts';
import { thresholdCrossings } from '../../../../src/eval/threshold-crossings.ts';
import { cpuSeconds } from '../cpu-time.ts';
import { independent, type PathContext, type PathMethod, reverseProcess, throughTemplates } from './path-methods.ts';

/** One call whose judged cells are looked at together. */
export interface JointCase {
  readonly input: CallInput;
  /** [length, channel], in the unit that sums are taken in; NaN where a cell is not judged. */
  readonly truth: Float64Array;
  /** A z value of a channel in that unit. */
  readonly inUnit: (channel: number, z: number) => number;
}

export interface JointFigures {
  /** Of the sum over the judged channels of a row: normalised by the sum of |sum|, and in units. */
  readonly crps_sum: number;
  readonly crps_of_sum: number;
  readonly sum_coverage90: number;
  readonly sum_width90: number;
  /** Of the number of judged channels above their thresholds in a row. */
  readonly crossings_coverage90: number;
  readonly crossings_crps: number;
  readonly crossings_brier: number;
  /** Mean over rows of the energy score of the judged channels, in the unit of the sums. */
  readonly energy: number;
  readonly ms_window: number;
}

/** The ways to paths that are compared. */
export const pathMethods = (quick: boolean): Readonly<Record<string, PathMethod>> => ({
  independent,
  rank_templates: throughTemplates(),
  reverse_2: reverseProcess({ method: 'distributional', steps: 2 }),
  ...(quick
    ? {}
    : {
        reverse_8: reverseProcess({ method: 'distributional', steps: 8 }),
        reverse_24: reverseProcess({ method: 'distributional', steps: 24 }),
        dpmpp_2m_16: reverseProcess({ method: 'dpmpp_2m', steps: 16 }),
      }),
});

/**
 * Sums, crossings and energy of each method's paths, a row of a window as one step; rows with fewer than two judged cells are left out.
 * @param thresholds [channel], in the unit of the sums
 */
export async function scoreJoint(
  cases: readonly JointCase[],
  thresholds: readonly number[],
  context: PathContext,
  methods: Readonly<Record<string, PathMethod>>,
): Promise<Record<string, JointFigures>> {
  const channels = thresholds.length;
  const out: Record<string, JointFigures> = {};
  for (const [name, method] of Object.entries(methods)) {
    const rows = new JudgedRows(channels, context.samples, thresholds);
    const from = process.cpuUsage();
    for (const { input, truth, inUnit } of cases) {
      const paths = await method(input, context);
      rows.add(
        truth,
        paths.map((z, i) => inUnit(i % channels, z)),
      );
    }
    out[name] = rows.figures((1000 * cpuSeconds(from)) / cases.length);
  }
  return out;
}

/** Gathers rows with their paths: cells that are not judged are 0 in sums and below every threshold, on both sides. */
class JudgedRows {
  readonly #channels: number;
  readonly #samples: number;
  readonly #thresholds: readonly number[];
  /** [row][sample, channel] */
  readonly #paths: Float32Array[] = [];
  readonly #truths: Float64Array[] = [];
  #energy = 0;

  constructor(channels: number, samples: number, thresholds: readonly number[]) {
    this.#channels = channels;
    this.#samples = samples;
    this.#thresholds = thresholds;
  }

  add(truth: Float64Array, paths: Float32Array): void {
    const channels = this.#channels;
    for (let at = 0; at < truth.length; at += channels) {
      const judged = Array.from({ length: channels }, (_, c) => c).filter((c) => !Number.isNaN(truth[at + c]));
      if (judged.length < 2) continue;
      const values = new Float32Array(this.#samples * channels).fill(Number.NaN);
      for (let s = 0; s < this.#samples; s++)
        for (const c of judged) values[s * channels + c] = paths[s * truth.length + at + c];
      this.#paths.push(values);
      this.#truths.push(truth.slice(at, at + channels));
      this.#energy += energyScore(
        judged.map((c) => truth[at + c]),
        Float64Array.from({ length: this.#samples * judged.length }, (_, i) => {
          const s = Math.floor(i / judged.length);
          return values[s * channels + judged[i % judged.length]];
        }),
      );
    }
  }

  figures(msWindow: number): JointFigures {
    const rows = this.#truths.length;
    const targets = this.#flat([this.#truths]);
    const samples = this.#flat(
      Array.from({ length: this.#samples }, (_, s) =>
        this.#paths.map((values) => values.subarray(s * this.#channels, (s + 1) * this.#channels)),
      ),
    );
    const instead = (values: Float64Array, value: number) => values.map((v) => (Number.isNaN(v) ? value : v));
    const sum = crpsSum(instead(samples, 0), instead(targets, 0), { steps: rows, channels: this.#channels });
    const below = Number.NEGATIVE_INFINITY;
    const crossings = thresholdCrossings(instead(samples, below), instead(targets, below), this.#thresholds, rows);
    return {
      crps_sum: sum.normalised,
      crps_of_sum: sum.crps,
      sum_coverage90: sum.coverage90,
      sum_width90: sum.width90,
      crossings_coverage90: crossings.coverage90,
      crossings_crps: crossings.crps,
      crossings_brier: crossings.brier,
      energy: this.#energy / rows,
      ms_window: msWindow,
    };
  }

  /** [outer, row, channel] */
  #flat(parts: readonly (readonly ArrayLike<number>[])[]): Float64Array {
    const channels = this.#channels;
    const rows = this.#truths.length;
    const out = new Float64Array(parts.length * rows * channels);
    parts.forEach((part, s) => {
      part.forEach((values, row) => {
        out.set(values, (s * rows + row) * channels);
      });
    });
    return out;
  }
}
