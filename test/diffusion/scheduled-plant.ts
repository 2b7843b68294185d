import { createRng } from '../../src/core/rng.ts';
import type { GridSeries } from '../../src/diffusion/normal.ts';
import { minuteMs } from './fixtures.ts';

export const scheduled = { temperature: 0, heating: 1, target: 2 } as const;
/** Options of a basis for it. */
export const scheduledBasis = { measured: [true, true, false], ahead: [scheduled.target], length: 32, horizon: 8 };

/**
 * An oven: its set point jumps between levels after 6 to 30 rows, nobody could say when from the past; temperature follows it by a
 * fifth a row, heating is what that takes.
 */
export function scheduledSeries(name: string, rows: number, seed: number): GridSeries {
  const rng = createRng(seed);
  const values = new Float64Array(rows * 3);
  let [target, temperature, left] = [60, 60, 0];
  for (let t = 0; t < rows; t++) {
    if (left-- <= 0) {
      target = 50 + 10 * rng.integer(6);
      left = 6 + rng.integer(24);
    }
    const pull = 0.2 * (target - temperature);
    temperature += pull + 0.4 * rng.normal();
    values.set([temperature, 5 + pull + 0.3 * rng.normal(), target], 3 * t);
  }
  return { series: name, startMs: 28_333_334 * minuteMs, rows, values };
}
