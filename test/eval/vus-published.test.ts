import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { estimatePeriod } from '../../src/eval/estimate-period.ts';
import { vus } from '../../src/eval/vus.ts';

const folder = new URL('../../../shared/data/', import.meta.url);
const reference = new URL('tsb_ad_reference/', folder);
const skip = existsSync(reference) ? false : 'needs the benchmark data in ../shared/data (tsb_ad_reference, msl_smap)';

function published(table: string, file: string, method: string): number {
  const [head, ...rows] = readFileSync(
    new URL(`benchmark_eval_results/${table}_mergedTable_VUS-PR.csv`, reference),
    'utf8',
  )
    .trim()
    .split('\n');
  const row = rows.map((line) => line.split(',')).find(([name]) => name === file);
  assert.ok(row !== undefined, file);
  return Number(row[head.split(',').indexOf(method)]);
}

/** Discrete Fourier transform by definition, with a table of roots; `sign` -1 forward, 1 inverse (unscaled). */
function transform(real: Float64Array, imaginary: Float64Array, sign: 1 | -1): readonly [Float64Array, Float64Array] {
  const n = real.length;
  const cosine = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sine = Float64Array.from({ length: n }, (_, i) => sign * Math.sin((2 * Math.PI * i) / n));
  const outReal = new Float64Array(n);
  const outImaginary = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let j = 0;
    for (let t = 0; t < n; t++) {
      outReal[k] += real[t] * cosine[j] - imaginary[t] * sine[j];
      outImaginary[k] += real[t] * sine[j] + imaginary[t] * cosine[j];
      j = (j + k) % n;
    }
  }
  return [outReal, outImaginary];
}

/**
 * Spectral residual (Ren et al. 2019) of an odd number of rows, as the benchmark runs it: moving average of 100 over half of
 * the log amplitudes, padded with the first and the last value of the series itself. The one method of its tables that
 * needs no training and no random numbers.
 */
function spectralResidual(series: readonly number[]): Float64Array {
  const low = Math.min(...series);
  const high = Math.max(...series);
  const scaled = Float64Array.from(series, (value) => (value - low) / (high - low));
  const n = scaled.length;
  const [real, imaginary] = transform(scaled, new Float64Array(n), -1);
  const logAmplitude = real.map((value, k) => Math.log(Math.hypot(value, imaginary[k])));
  const half = logAmplitude.slice(1, 1 + (n - 1) / 2);
  const padded = [...new Array<number>(49).fill(scaled[0]), ...half, ...new Array<number>(50).fill(scaled[n - 1])];
  const smooth = half.map((_, k) => padded.slice(k, k + 100).reduce((sum, value) => sum + value, 0) / 100);
  const smoothed = [logAmplitude[0], ...smooth, ...smooth.slice().reverse()];
  const residual = logAmplitude.map((value, k) => Math.exp(value - smoothed[k]) / Math.hypot(real[k], imaginary[k]));
  const back = transform(
    real.map((value, k) => value * residual[k]),
    imaginary.map((value, k) => value * residual[k]),
    1,
  );
  return back[0].map((value, t) => Math.hypot(value, back[1][t]));
}

test("TSB-AD's published VUS-PR of the spectral residual, period estimated as there", { skip }, () => {
  const file = '001_NAB_id_1_Facility_tr_1007_1st_2014.csv';
  const lines = readFileSync(new URL(`Datasets/TSB-AD-U/${file}`, reference), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const series = lines.map((line) => Number(line.split(',')[0]));
  const labels = lines.map((line) => Number(line.split(',')[1]));
  const ours = vus(labels, spectralResidual(series), estimatePeriod(series)).pr;
  const theirs = published('uni', file, 'SR');
  assert.ok(Math.abs(ours - theirs) < 1e-9, `${ours}, published ${theirs}`);
});

for (const [channel, file, method] of [
  ['B-1', '148_SMAP_id_5_Sensor_tr_2011_1st_5060.csv', 'LOF'],
  ['G-4', '162_SMAP_id_19_Sensor_tr_1908_1st_4690.csv', 'IForest'],
]) {
  test(`TSB-AD's published VUS-PR of a constant score: ${method} on SMAP ${channel}`, { skip }, () => {
    const rows = gunzipSync(readFileSync(new URL(`msl_smap/smap/test/${channel}.csv.gz`, folder)))
      .toString()
      .trim()
      .split('\n');
    const first = rows.map((line) => Number(line.split(',')[0]));
    const labels = readFileSync(new URL(`msl_smap/smap/test_label/${channel}.txt`, folder), 'utf8')
      .trim()
      .split('\n')
      .map(Number);
    const ours = vus(labels, new Float64Array(labels.length), estimatePeriod(first)).pr;
    const theirs = published('multi', file, method);
    assert.ok(Math.abs(ours - theirs) < 1e-12, `${ours}, published ${theirs}`);
  });
}
