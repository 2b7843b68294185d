import path from 'node:path';
import { createRng, type Rng, seedOf } from '../../../../src/core/rng.ts';
import type { Transform } from '../../../../src/core/transform.ts';
import type { ImputationProtocol, ImputationWindow } from '../imputation/protocol.ts';
import { readText } from './number-table.ts';

const length = 48;
const hourMs = 3_600_000;
/** The 35 variables of BRITS and CSDI, in their order. */
const variables = [
  'DiasABP',
  'HR',
  'Na',
  'Lactate',
  'NIDiasABP',
  'PaO2',
  'WBC',
  'pH',
  'Albumin',
  'ALT',
  'Glucose',
  'SaO2',
  'Temp',
  'AST',
  'Bilirubin',
  'HCO3',
  'BUN',
  'RespRate',
  'Mg',
  'HCT',
  'SysABP',
  'FiO2',
  'K',
  'GCS',
  'Cholesterol',
  'NISysABP',
  'TroponinT',
  'MAP',
  'TroponinI',
  'PaCO2',
  'Platelets',
  'Urine',
  'NIMAP',
  'Creatinine',
  'ALP',
];
const channels = variables.length;
/** Where values are skewed, the transform under which they are least so; bounds, scores and pressures stay as they are. */
const bent: Readonly<Record<string, Transform>> = {
  ...all('log1p', [
    'Lactate',
    'PaO2',
    'WBC',
    'ALT',
    'Glucose',
    'AST',
    'Bilirubin',
    'BUN',
    'Mg',
    'HCT',
    'K',
    'TroponinT',
  ]),
  ...all('log1p', ['TroponinI', 'PaCO2', 'Urine', 'Creatinine', 'ALP']),
  ...all('sqrt', ['HR', 'NIDiasABP', 'RespRate', 'MAP', 'NIMAP', 'Cholesterol', 'Platelets', 'FiO2']),
};
const foldCount = 5;
/** Rows from one record to the next in the grids to train and validate on: two empty days keep patients apart. */
const recordRows = 2 * length;
const validationShare = 0.1;

export interface PhysionetRecords {
  /** [record, hour, variable]; NaN where nothing was measured. */
  readonly values: Float64Array;
  readonly records: number;
  /** [variable], over all records: what the metric is standardised by. */
  readonly means: readonly number[];
  readonly scales: readonly number[];
}

/** The hourly grid of BRITS and CSDI (`dataset_physio.py`): the last value of an hour, 48 hours. */
export function readPhysionet(folder: string): PhysionetRecords {
  const text = readText(path.join(folder, 'set-a-long.csv.gz'));
  const places = new Map(variables.map((name, i) => [name, i]));
  const records = new Map<string, number>();
  const cells: number[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [id, time, name, value] = line.split(',');
    if (value === undefined) continue;
    const record = records.get(id) ?? records.size;
    records.set(id, record);
    const variable = places.get(name);
    const hour = Number(time.slice(0, time.indexOf(':')));
    if (variable === undefined || hour >= length) continue;
    cells.push((record * length + hour) * channels + variable, Number(value));
  }
  const values = new Float64Array(records.size * length * channels).fill(Number.NaN);
  for (let i = 0; i < cells.length; i += 2) values[cells[i]] = cells[i + 1];
  const known = variables.map((_, c) => values.filter((value, i) => i % channels === c && !Number.isNaN(value)));
  const meanOf = (own: Float64Array) => own.reduce((a, b) => a + b, 0) / Math.max(1, own.length);
  const means = known.map(meanOf);
  const scales = known.map((own, c) => Math.sqrt(meanOf(own.map((value) => (value - means[c]) ** 2))) || 1);
  return { values, records: records.size, means, scales };
}

function all(transform: Transform, names: readonly string[]): Record<string, Transform> {
  return Object.fromEntries(names.map((name) => [name, transform]));
}

/**
 * One fold at one missing rate: a fifth of the records to test, a tenth to validate, the rest to train; `rate` of the observed cells
 * of a test record is hidden at random. Training windows stand one after the other in a grid of their own.
 * CSDI's own shuffle and masks are not published as files: ours come from the fold's seed.
 */
export function physionetProtocol(data: PhysionetRecords, fold: number, rate: number): ImputationProtocol {
  const order = shuffled(data.records, createRng(seedOf('physionet')));
  const cut = (share: number) => Math.floor(share * data.records);
  const testIds = order.slice(cut(fold / foldCount), cut((fold + 1) / foldCount));
  const outside = order.filter((id) => !testIds.includes(id));
  const rest = shuffled(outside.length, createRng(seedOf('physionet', fold))).map((i) => outside[i]);
  const validationIds = rest.slice(0, cut(validationShare));
  const trainingIds = rest.slice(cut(validationShare));
  const gather = (ids: readonly number[]) => {
    const size = length * channels;
    const out = new Float64Array(ids.length * recordRows * channels).fill(Number.NaN);
    ids.forEach((id, i) => {
      out.set(data.values.subarray(id * size, (id + 1) * size), i * recordRows * channels);
    });
    return out;
  };
  const starts = (ids: readonly number[]) => ids.map((_, i) => i * recordRows);
  return {
    length,
    channels,
    stepMs: hourMs,
    training: gather(trainingIds),
    startMs: 0,
    trainingRows: starts(trainingIds),
    validation: gather(validationIds),
    validationRows: starts(validationIds),
    test: testIds.map((id) =>
      hide(
        data.values.subarray(id * length * channels, (id + 1) * length * channels),
        rate,
        createRng(seedOf('physionet', fold, rate, id)),
      ),
    ),
    gaps: randomShare,
    transforms: variables.map((name) => bent[name] ?? 'none'),
    judgedAs: (c, value) => (value - data.means[c]) / data.scales[c],
    min: Number.NEGATIVE_INFINITY,
    seasonSteps: 24,
  };
}

function shuffled(count: number, rng: Rng): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** As CSDI: floor(rate x observed) of the observed cells, without replacement. */
function hide(truth: Float64Array, rate: number, rng: Rng): ImputationWindow {
  const observed = [...truth.keys()].filter((i) => !Number.isNaN(truth[i]));
  const chosen = shuffled(observed.length, rng).slice(0, Math.floor(rate * observed.length));
  const shown = truth.slice();
  const judged = new Uint8Array(truth.length);
  for (const k of chosen) {
    shown[observed[k]] = Number.NaN;
    judged[observed[k]] = 1;
  }
  return { shown, truth, judged, startMs: 0 };
}

/** One model for all rates: the share of a training window is uniform, as CSDI's. */
function randomShare(rng: Rng, rows: number, width: number): Uint8Array {
  const rate = rng.uniform();
  return Uint8Array.from({ length: rows * width }, () => (rng.uniform() < rate ? 1 : 0));
}
