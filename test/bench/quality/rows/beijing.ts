import { beijingStations, loadBeijing } from '../data/beijing.ts';
import { blockProtocol } from '../imputation/block-protocol.ts';
import type { QualityRow } from '../quality-row.ts';
import { runForecastRow } from './forecast-row.ts';
import { runImputationRow } from './imputation-row.ts';

const split =
  'hourly, with its natural gaps; the first 28 months to train, 10 to validate, 10 to test (as TSI-Bench’s BeijingAir)';
const units = 'Units: training standard deviations; CRPS: mean over cells at 19 levels.';
const station = 'Guanyuan';

export const beijing: QualityRow = {
  name: 'beijing',
  folder: 'beijing_multisite',
  keys: ['beijing', 'beijing_blocks'],
  async run(folder, settings, done) {
    const data = loadBeijing(folder, [station]);
    const what = `Beijing multi-site air quality, station ${station}: 6 pollutants and 5 numbers of the weather, ${split}`;
    const forecast = {
      key: 'beijing',
      protocol: `${what}. 48 rows to forecast 24 every 4 rows of the test. ${units}`,
      form: 'mean' as const,
      published: {},
      notes: [],
    };
    await runForecastRow(data, { context: 48, horizon: 24, every: 4 }, [forecast], settings, done);
    const blocks = blockProtocol(data, 48, 160);
    const imputation = {
      key: 'beijing_blocks',
      protocol: `${what}. Imputation of blocks of 5-20 rows of single channels, a tenth of the cells of the test, windows of 48 rows. ${units}`,
      published: {},
      notes: ['TSI-Bench’s figures for this set are for points and other blocks in 132 columns: not comparable.'],
      windows: () => blocks,
    };
    await runImputationRow([imputation], 'mean', settings, done);
  },
};

export const beijingWide: QualityRow = {
  name: 'beijing_wide',
  folder: 'beijing_multisite',
  keys: ['beijing_wide'],
  run(folder, settings, done) {
    const stations = beijingStations(folder);
    const data = loadBeijing(folder, stations);
    const target = {
      key: 'beijing_wide',
      protocol: `Beijing multi-site air quality, ${stations.length} stations side by side: ${data.channels.length} channels, ${split}. 48 rows to forecast 24 every 8 rows of the test. ${units}`,
      form: 'mean' as const,
      published: {},
      notes: [],
      jointUnit: 'scaled' as const,
    };
    return runForecastRow(data, { context: 48, horizon: 24, every: 8 }, [target], settings, done);
  },
};
