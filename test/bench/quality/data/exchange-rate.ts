import path from 'node:path';
import type { ForecastData } from '../forecast/forecast-data.ts';
import { readNumberTable } from './number-table.ts';

const dayMs = 86_400_000;
/** Rows that GluonTS' `exchange_rate_nips` trains on, and where its five forecasts of 30 days begin. */
export const nipsTrainRows = 6071;
export const nipsHorizon = 30;
export const nipsOrigins: readonly number[] = [0, 1, 2, 3, 4].map((k) => nipsTrainRows + k * nipsHorizon);

/**
 * Eight exchange rates, a row a business day; a row is a day here, since the file has no dates: weeks have five rows and no calendar.
 */
function exchangeRate(
  folder: string,
): Omit<ForecastData, 'fitRows' | 'warmFrom' | 'testFrom' | 'testTo'> & { rows: number } {
  const table = readNumberTable(path.join(folder, 'exchange_rate.txt.gz'), false);
  return {
    channels: table.columns.map((_, c) => `rate_${c + 1}`),
    stepMs: dayMs,
    startMs: Date.parse('1990-01-01T00:00:00Z'),
    values: table.values,
    validationFraction: 0.15,
    rows: table.rows,
  };
}

/** The rows of `exchange_rate_nips` to train on; everything after them to forecast. */
export function loadExchangeNips(folder: string): ForecastData {
  const { rows, ...data } = exchangeRate(folder);
  return { ...data, fitRows: nipsTrainRows, warmFrom: nipsTrainRows - 900, testFrom: nipsTrainRows, testTo: rows };
}

/** The split of the long-term forecasting papers: 70 % train, 10 % validate, 20 % test. */
export function loadExchangeLtsf(folder: string): ForecastData {
  const { rows, ...data } = exchangeRate(folder);
  const testFrom = rows - Math.floor(0.2 * rows);
  const train = Math.floor(0.7 * rows);
  return {
    ...data,
    fitRows: testFrom,
    validationFraction: 1 - train / testFrom,
    warmFrom: train,
    testFrom,
    testTo: rows,
  };
}
