import { createRng } from '../../../../src/core/rng.ts';
import type { ForecastData } from '../forecast/forecast-data.ts';
import type { QualityRow } from '../quality-row.ts';
import { runForecastRow } from './forecast-row.ts';

const factors = 6;
const rows = 2800;
const hourMs = 3_600_000;
const factorPersistence = 0.97;
const ownPersistence = 0.8;
const ownDeviation = 0.7;

/**
 * A wide feed in which everything is known: x = V f + e, six factors that every channel feels, f_t = .97 f_{t-1} + noise, and each
 * channel's own e_t = .8 e_{t-1} + noise. No set of real data here has hundreds of channels side by side.
 */
function simulate(channels: number): ForecastData {
  const rng = createRng(200);
  const loadings = Float64Array.from({ length: channels * factors }, () => rng.normal() / Math.sqrt(factors));
  const f = Float64Array.from({ length: factors }, () => rng.normal());
  const own = Float64Array.from({ length: channels }, () => ownDeviation * rng.normal());
  const values = new Float64Array(rows * channels);
  for (let t = 0; t < rows; t++) {
    f.forEach((value, k) => {
      f[k] = factorPersistence * value + Math.sqrt(1 - factorPersistence ** 2) * rng.normal();
    });
    for (let d = 0; d < channels; d++) {
      own[d] = ownPersistence * own[d] + ownDeviation * Math.sqrt(1 - ownPersistence ** 2) * rng.normal();
      let value = own[d];
      for (let k = 0; k < factors; k++) value += loadings[d * factors + k] * f[k];
      values[t * channels + d] = value;
    }
  }
  return {
    channels: Array.from({ length: channels }, (_, d) => `channel_${d}`),
    stepMs: hourMs,
    startMs: Date.UTC(2026, 0, 1),
    values,
    fitRows: 2400,
    validationFraction: 0.2,
    warmFrom: 2300,
    testFrom: 2400,
    testTo: rows,
  };
}

export const factors200: QualityRow = {
  name: 'factors_200',
  folder: '.',
  keys: ['factors_200'],
  run(_folder, settings, done) {
    const target = {
      key: 'factors_200',
      protocol:
        'Simulated: 200 channels that six slow factors move together, 2400 rows to train and validate, 400 to test. 24 rows to forecast 8 every 8 rows. Units: training standard deviations; CRPS: mean over cells at 19 levels.',
      form: 'mean' as const,
      published: {},
      notes: ['For the dependence between hundreds of channels, which no set of real data here has.'],
      jointUnit: 'scaled' as const,
    };
    return runForecastRow(
      simulate(settings.quick ? 8 : 200),
      { context: 24, horizon: 8, every: 8 },
      [target],
      settings,
      done,
    );
  },
};
