import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ForecastData } from '../forecast/forecast-data.ts';
import { pickColumns, readNumberTable } from './number-table.ts';

export const pollutants = ['PM2.5', 'PM10', 'SO2', 'NO2', 'CO', 'O3', 'TEMP', 'PRES', 'DEWP', 'RAIN', 'WSPM'];
const startMs = Date.parse('2013-03-01T00:00:00Z');
const hourMs = 3_600_000;
const rowAt = (date: string) => (Date.parse(`${date}T00:00:00Z`) - startMs) / hourMs;

export const beijingStations = (folder: string): string[] =>
  readdirSync(folder)
    .map((name) => /^PRSA_Data_(.+?)_2013/.exec(name)?.[1])
    .filter((name) => name !== undefined)
    .sort();

/**
 * Stations of the Beijing multi-site air quality data, side by side: station after station, eleven numbers each. Split as TSI-Bench's
 * BeijingAir: the first 28 months to train, the next 10 to validate, the last 10 to test.
 */
export function loadBeijing(folder: string, stations: readonly string[]): ForecastData {
  const tables = stations.map((station) => {
    const file = readdirSync(folder).find((name) => name.startsWith(`PRSA_Data_${station}_`)) ?? station;
    return pickColumns(readNumberTable(path.join(folder, file), true), pollutants);
  });
  const width = pollutants.length;
  const rows = Math.min(...tables.map((table) => table.length / width));
  const channels = stations.length * width;
  const values = Float64Array.from(
    { length: rows * channels },
    (_, i) => tables[Math.floor((i % channels) / width)][Math.floor(i / channels) * width + (i % width)],
  );
  const [validateFrom, testFrom] = [rowAt('2015-07-01'), rowAt('2016-05-01')];
  return {
    channels: stations.flatMap((station) => pollutants.map((name) => `${station} ${name}`)),
    stepMs: hourMs,
    startMs,
    values,
    fitRows: testFrom,
    validationFraction: 1 - validateFrom / testFrom,
    warmFrom: testFrom - 2000,
    testFrom,
    testTo: rows,
  };
}
