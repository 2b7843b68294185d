import path from 'node:path';
import type { ForecastData } from '../forecast/forecast-data.ts';
import { pickColumns, readNumberTable } from './number-table.ts';

const channels = ['HUFL', 'HULL', 'MUFL', 'MULL', 'LUFL', 'LULL', 'OT'];

/** ETTh1 by the long-term forecasting protocol: rows 0-8640 train, -11520 validate, -14400 test; forecasts at every row. */
export function loadEtth1(folder: string): ForecastData {
  const table = readNumberTable(path.join(folder, 'ETTh1.csv'), true);
  return {
    channels,
    stepMs: 3_600_000,
    startMs: Date.parse(`${table.labels[0].replace(' ', 'T')}Z`),
    values: pickColumns(table, channels),
    fitRows: 11_520,
    validationFraction: 0.25,
    warmFrom: 8640,
    testFrom: 11_520,
    testTo: 14_400,
  };
}
