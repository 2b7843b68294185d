import { type Transform, unbend } from '../../core/transform.ts';
import { interpolate } from '../../diffusion/base/interpolate.ts';
import { iterateVar } from '../../diffusion/base/ridge-var.ts';
import type { Model } from '../../diffusion/model.ts';
import { normalise, normalisePlan, type PlanOptions, type PlanWindow } from '../../infer/plan.ts';
import { lastValue } from '../../infer/read-back.ts';

/**
 * Forecast of the ridge VAR that the score rests on, iterated over the rows ahead: a reference, which nothing serves. Values are
 * normalised, gaps filled, what is planned is known, and results bent back and clipped as for a forecast of the model; channels that never varied hold
 * their last value.
 *
 * @returns [horizon, pipeline channel], in the channels' own units
 */
export function iterateRidgeVar(model: Model, bounds: PlanOptions['bounds'], window: PlanWindow): Float64Array {
  const { active, horizon, autoregression, transforms } = model.basis;
  const { length } = model.shape;
  const channels = window.location.length;
  const width = active.length;
  const rows = length + horizon;
  const z = new Float32Array(rows * width).fill(Number.NaN);
  z.set(normalise(model, window));
  z.set(normalisePlan(model, window), length * width);
  const known = Uint8Array.from(z, (value) => (Number.isNaN(value) ? 0 : 1));
  const filled = new Float32Array(z.length);
  interpolate(z, known, rows, width, filled);
  iterateVar(autoregression, filled, known, length, rows);
  const out = new Float64Array(horizon * channels);
  for (let c = 0; c < channels; c++) {
    const d = active.indexOf(c);
    const { min, max } = bounds[c] as { min: number; max: number };
    for (let h = 0; h < horizon; h++) {
      const ahead = filled[(length + h) * width + d] as number;
      const bent = (window.location[c] as number) + (window.scale[c] as number) * ahead;
      const value = Math.min(max, Math.max(min, unbend(transforms[c] as Transform, bent)));
      out[h * channels + c] = d < 0 ? lastValue(model, window, c) : value;
    }
  }
  return out;
}
