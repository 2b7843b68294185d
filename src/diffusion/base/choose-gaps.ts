import type { Rng } from '../../core/rng.ts';
import { gapMask } from '../masks.ts';
import { fitFactorKalman } from './factor-kalman-fit.ts';
import { fitKalman } from './fit-kalman.ts';
import { interpolate } from './interpolate.ts';
import { type GapModel, smoothGaps } from './smooth-gaps.ts';
import { splitAtOutages } from './split-at-outages.ts';

export type GapBase = 'auto' | 'interpolation' | 'kalman';

interface Stretch {
  /** [rows, channel], NaN where missing. */
  readonly z: Float32Array;
  readonly rows: number;
  readonly startMs: number;
}

/** Window-shaped probes on which the two are compared. */
const probes = 120;
/** A smoother costs far more than a line: it has to earn it. */
const gainMin = 0.05;
/**
 * length D (D + k)^2 beyond which the smoother goes through factors: what the exact one costs a window with gaps. At the bound it is
 * about 30 ms of a core (96 rows of 48 channels); 36 rows of 36 channels cost 6 ms.
 */
const exactCostMax = 17_000_000;
const exactRank = 12;
/** What a fit reads, in full rows: sparse ones teach less, so it reads more of them. */
const fullRows = { exact: 6000, factor: 12_000 };
const rowsMax = 24_000;

/**
 * The base for gaps: null is linear interpolation. Under `auto` the smoother is taken where its mean absolute error on masked
 * stretches of the training rows is at least 5 % below that of a line between two points: so it is on feeds whose channels tell of
 * one another, and not on sparse or erratic ones.
 */
export function chooseGaps(
  stretches: readonly Stretch[],
  channels: number,
  options: { readonly gapBase?: GapBase; readonly stepMs: number; readonly length: number },
  rng: Rng,
): GapModel | null {
  const asked = options.gapBase ?? 'auto';
  if (asked === 'interpolation' || channels === 0) return null;
  const cost = options.length * channels * (channels + Math.min(exactRank, channels)) ** 2;
  const isExact = cost <= exactCostMax;
  const { stepMs, length } = options;
  const parts = splitAtOutages(stretches, channels, stepMs, length);
  const rows = Math.min(rowsMax, Math.round((isExact ? fullRows.exact : fullRows.factor) / observedShare(parts)));
  const model = (isExact ? fitKalman : fitFactorKalman)(parts, channels, { stepMs, rowsMax: rows });
  if (asked === 'kalman') return model;
  const { line, smoother } = compare(model, stretches, channels, options, rng);
  return smoother < (1 - gainMin) * line ? model : null;
}

/** Share of the cells that have a value. */
function observedShare(parts: readonly Stretch[]): number {
  let observed = 0;
  let cells = 0;
  for (const { z } of parts) {
    for (const value of z) if (!Number.isNaN(value)) observed++;
    cells += z.length;
  }
  return cells === 0 ? 1 : observed / cells;
}

/** Mean absolute errors of both on the same masked cells. */
function compare(
  model: GapModel,
  stretches: readonly Stretch[],
  channels: number,
  { stepMs, length }: { readonly stepMs: number; readonly length: number },
  rng: Rng,
): { line: number; smoother: number } {
  const long = stretches.filter(({ rows }) => rows >= length);
  const cells = length * channels;
  const filled = new Float32Array(cells);
  const out = { mean: new Float32Array(cells), std: new Float32Array(cells), leaveOneOut: new Float32Array(cells) };
  const sums = { line: 0, smoother: 0 };
  for (let k = 0; k < probes && long.length > 0; k++) {
    const stretch = long[rng.integer(long.length)] as Stretch;
    const row = rng.integer(stretch.rows - length + 1);
    const z = stretch.z.subarray(row * channels, (row + length) * channels);
    const mask = gapMask(rng, length, channels, null);
    const known = Uint8Array.from(z, (v, i) => (Number.isNaN(v) || mask[i] === 1 ? 0 : 1));
    interpolate(z, known, length, channels, filled);
    smoothGaps(model, z, known, length, stretch.startMs + row * stepMs, out);
    z.forEach((v, i) => {
      if (Number.isNaN(v) || known[i] === 1) return;
      sums.line += Math.abs(v - (filled[i] as number));
      sums.smoother += Math.abs(v - (out.mean[i] as number));
    });
  }
  return sums;
}
