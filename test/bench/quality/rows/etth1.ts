import { loadEtth1 } from '../data/etth1.ts';
import type { QualityRow } from '../quality-row.ts';
import { runForecastRow } from './forecast-row.ts';

const etth1Row = (
  key: string,
  horizon: number,
  published: Record<string, { mae: number; source: string }>,
): QualityRow => ({
  name: key,
  folder: 'ett',
  keys: [key],
  run: (folder, settings, done) =>
    runForecastRow(
      loadEtth1(folder),
      { context: 96, horizon, every: 1 },
      [
        {
          key,
          protocol: `ETTh1, 7 channels of an electricity transformer, hourly; 96 rows to forecast ${horizon}, at every row of the test (rows 11520-14400), train 0-8640, validate -11520. Units: training standard deviations; CRPS: mean over cells at 19 levels.`,
          form: 'mean',
          published,
          notes: [
            'The pass begins with the validation rows, so that what learns online has got going where the test begins.',
          ],
        },
      ],
      settings,
      done,
    ),
});

export const etth1 = etth1Row('etth1', 24, {});
export const etth196 = etth1Row('etth1_96', 96, {
  'PatchTST/64': { mae: 0.4, source: 'Nie et al. 2023 (point forecasts, longer input)' },
  DLinear: { mae: 0.399, source: 'Zeng et al. 2023 (point forecasts)' },
  iTransformer: { mae: 0.405, source: 'Liu et al. 2024 (point forecasts)' },
});
