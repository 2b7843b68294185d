import type { TestMetrics } from '../../infer/manifest.ts';
import { table } from '../demo/summary.ts';

type Tested = NonNullable<TestMetrics['forecast']>;

/** What people call the references. */
const names: Readonly<Record<string, string>> = {
  base: 'its base alone',
  base_residuals: 'its base, bootstrap of its errors',
  ridge: 'direct ridge (its base alone)',
  ridge_residuals: 'direct ridge, bootstrap of its errors',
  ridge_var: 'ridge VAR, iterated',
  linear_interpolation: 'linear interpolation',
  last_observed: 'last observed',
  seasonal_naive: 'seasonal naive',
  naive: 'last value',
};

/** How good a model was on its test, for people. */
export function testText(test: TestMetrics | null, horizon: number): string {
  if (test === null) return 'test: none (too few rows for it, or train.test_fraction is 0)';
  const { rows, from, to, imputation, forecast } = test;
  return [
    `test on the newest ${rows} rows, ${minute(from)} to ${minute(to)}, which nothing was fitted to (errors in channel standard deviations; point references with the quantiles of their errors)`,
    ...(imputation === null ? [] : [`imputation of ${imputation.cells} hidden cells`, tableOf(imputation)]),
    ...(forecast === null
      ? []
      : [`forecast of ${forecast.cells} cells, up to ${horizon} steps ahead`, tableOf(forecast)]),
  ].join('\n');
}

/** What a person should know before the package is served: where the network is no better than what it corrects. */
export function weaknesses(test: TestMetrics | null): string[] {
  const lines: string[] = [];
  const compare = (what: string, tested: Tested | null | undefined, base: string) => {
    const own = tested?.model.crps ?? null;
    const other = tested?.baselines[base]?.crps ?? null;
    if (own !== null && other !== null && own > other)
      lines.push(
        `warning: ${what}, the network is worse than its base alone (CRPS ${figure(own)}, ${figure(other)}): train longer, on more rows, or with --bases-only`,
      );
  };
  compare('filling gaps', test?.imputation, 'base');
  compare('forecasting', test?.forecast, 'ridge');
  return lines;
}

const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

function tableOf({ model, baselines }: Tested): string {
  const rows = [['driftcast', model] as const, ...Object.entries(baselines)].map(([name, law]) => [
    names[name] ?? name,
    figure(law.crps),
    figure(law.mae),
    law.coverage90 === null ? '-' : `${(100 * law.coverage90).toFixed(1)} %`,
  ]);
  return table(['', 'CRPS', 'MAE', '90 % interval covered'], rows);
}

const figure = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
