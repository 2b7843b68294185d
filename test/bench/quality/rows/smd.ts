import { loadSmd } from '../data/smd.ts';
import { blockProtocol } from '../imputation/block-protocol.ts';
import type { QualityRow } from '../quality-row.ts';
import { runForecastRow } from './forecast-row.ts';
import { runImputationRow } from './imputation-row.ts';

const units = 'Units: training standard deviations; CRPS: mean over cells at 19 levels.';

/** Forecast and imputation of one machine. */
const smdRow = (machine: string, key: string): QualityRow => ({
  name: key,
  folder: 'smd',
  keys: [key, `${key}_blocks`],
  async run(folder, settings, done) {
    const data = loadSmd(folder, machine);
    const what = `SMD machine ${machine}, ${data.channels.length} metrics of a server that vary in training, a row a minute`;
    const forecast = {
      key,
      protocol: `${what}; trained on the train file, 96 rows to forecast 24 every 8 rows of the test file (its anomalies included). ${units}`,
      form: 'mean' as const,
      published: {},
      notes: [],
    };
    await runForecastRow(data, { context: 96, horizon: 24, every: 8 }, [forecast], settings, done);
    const blocks = blockProtocol(data, 96, 240);
    const imputation = {
      key: `${key}_blocks`,
      protocol: `${what}; imputation of blocks of 5-20 rows of single metrics, a tenth of the cells of 240 windows of 96 rows of the test file. ${units}`,
      published: {},
      notes: [],
      windows: () => blocks,
    };
    await runImputationRow([imputation], 'mean', settings, done);
  },
});

export const smd = smdRow('1-2', 'smd');
export const smd21 = smdRow('2-1', 'smd_2_1');
