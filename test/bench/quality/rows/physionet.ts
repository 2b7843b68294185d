import { physionetProtocol, readPhysionet } from '../data/physionet.ts';
import type { QualityRow } from '../quality-row.ts';
import { runImputationRow } from './imputation-row.ts';

/** Missing rate in percent, and CSDI's and BRITS' figures there (Tashiro et al. 2021). */
const rates = [
  { percent: 10, csdi: { crps: 0.238, mae: 0.217 }, brits: { mae: 0.284 }, gpVae: { crps: 0.574 } },
  { percent: 50, csdi: { crps: 0.33, mae: 0.301 }, brits: { mae: 0.368 }, gpVae: { crps: 0.774 } },
  { percent: 90, csdi: { crps: 0.522, mae: 0.481 }, brits: { mae: 0.517 }, gpVae: { crps: 0.998 } },
] as const;
/** Thousands of records: more features than elsewhere, less against overfitting. */
const training = { width: '64', dropout: '0.05', weight_decay: '0.02', null_share: '0.6' };
const source = 'Tashiro et al. 2021, mean of five folds';

export const physionet: QualityRow = {
  name: 'physionet',
  folder: 'physionet2012',
  keys: rates.map(({ percent }) => `physionet${percent}`),
  async run(folder, settings, done) {
    const data = readPhysionet(folder);
    const targets = rates.map(({ percent, csdi, brits, gpVae }) => ({
      key: `physionet${percent}`,
      protocol: `PhysioNet 2012 set-a: 48 hours x 35 variables of ${data.records} patients, a fifth of the cells observed; imputation of ${percent} % of them, hidden at random, judged in z-scores over all records, folds as CSDI cuts them (70 % train, 10 % validate, 20 % test). CRPS at 19 levels over the sum of |z|.`,
      published: { CSDI: { ...csdi, source }, BRITS: { ...brits, source }, 'GP-VAE': { ...gpVae, source } },
      notes: [
        'Into the model go values in their units, the skewed ones through `transform: log1p` or `sqrt`; quantiles come back by the same way.',
        'One model for the three rates. Seed n is fold n: the spread is over folds. CSDI’s shuffle and masks are not published as files; ours come from seeds.',
      ],
      windows: (seed: number) => physionetProtocol(data, (seed - 1) % 5, percent / 100),
    }));
    const own = { ...settings, overrides: { ...training, ...settings.overrides } };
    await runImputationRow(targets, 'normalised', own, done);
  },
};
