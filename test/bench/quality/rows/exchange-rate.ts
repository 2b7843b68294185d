import { loadExchangeLtsf, loadExchangeNips, nipsHorizon, nipsOrigins } from '../data/exchange-rate.ts';
import type { QualityRow } from '../quality-row.ts';
import { runForecastRow } from './forecast-row.ts';

const rates = 'Exchange rates of 8 currencies, business days';

export const exchangeRate: QualityRow = {
  name: 'exchange_rate',
  folder: 'exchange_rate',
  keys: ['exchange_rate', 'exchange_rate_rolling'],
  run: (folder, settings, done) =>
    runForecastRow(
      loadExchangeNips(folder),
      { context: 30, horizon: nipsHorizon, every: 1 },
      [
        {
          key: 'exchange_rate',
          protocol: `${rates}; GluonTS’ exchange_rate_nips: trained on 6,071 rows, the five forecasts of 30 days that it judges, context 30. CRPS at 19 levels over the sum of |y|; MAE and widths in training standard deviations.`,
          form: 'normalised',
          origins: nipsOrigins,
          published: {
            TimeGrad: { crps_sum: 0.006, source: 'Rasul et al. 2021' },
            'GP-copula': { crps_sum: 0.007, source: 'Salinas et al. 2019' },
            'TSDiff and others': { crps: 0.009, source: 'univariate, about .005-.013' },
          },
          notes: [
            'Five forecasts of 1,200 cells in all: differences of a few per cent mean nothing; the rolling row has them all.',
          ],
          jointUnit: 'raw',
        },
        {
          key: 'exchange_rate_rolling',
          protocol: `${rates}; the same model, a forecast of 30 days at every row after its training rows (6,071-7,588). CRPS as above.`,
          form: 'normalised',
          published: {},
          notes: [],
        },
      ],
      settings,
      done,
    ),
};

export const exchangeRate24: QualityRow = {
  name: 'exchange_rate_24',
  folder: 'exchange_rate',
  keys: ['exchange_rate_24'],
  run: (folder, settings, done) =>
    runForecastRow(
      loadExchangeLtsf(folder),
      { context: 96, horizon: 24, every: 1 },
      [
        {
          key: 'exchange_rate_24',
          protocol: `${rates}; 96 rows to forecast 24 at every row of the test, split 70/10/20 as in the long-term forecasting papers. Units: training standard deviations; CRPS: mean over cells at 19 levels.`,
          form: 'mean',
          published: {},
          notes: [],
        },
      ],
      settings,
      done,
    ),
};
