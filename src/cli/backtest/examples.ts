import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Inference } from '../../core/inference.ts';
import type { Verdict } from '../../core/verdict.ts';
import { crpsLevels } from '../../eval/crps.ts';
import type { ExampleData } from '../../eval/report-data.ts';
import type { SeriesTruth } from '../evaluate/truth.ts';

const examplesMax = 3;
const levels = crpsLevels.length;
/** Rows of expected values kept for the pictures of incidents: bounded, the rest is drawn without. */
const expectedCellsMax = 60_000_000;

/** What the report draws: forecasts and imputations spread over the run, and the expected values around incidents. */
export class Examples {
  readonly forecasts: ExampleData[] = [];
  readonly imputations: ExampleData[] = [];
  /** [row, channel] by series: expected value and half width of its 90 % band. */
  readonly expected = new Map<string, { readonly expected: Float32Array; readonly halfWidth90: Float32Array }>();
  readonly #config: PipelineConfig;
  readonly #rows: number;
  readonly #hiddenRows: number;

  constructor(config: PipelineConfig, truth: readonly SeriesTruth[], hidden: readonly SeriesTruth[]) {
    this.#config = config;
    this.#rows = truth.reduce((most, { rows }) => Math.max(most, rows), 0);
    this.#hiddenRows = hidden.reduce((most, { rows }) => Math.max(most, rows), 0);
    let cells = 0;
    for (const own of truth) {
      cells += own.truth.length;
      if (cells > expectedCellsMax) break;
      this.expected.set(own.series, {
        expected: new Float32Array(own.truth.length).fill(Number.NaN),
        halfWidth90: new Float32Array(own.truth.length).fill(Number.NaN),
      });
    }
  }

  addVerdict({ inference }: Verdict, own: SeriesTruth, endRow: number): void {
    const { window, residual } = inference;
    const kept = this.expected.get(own.series);
    if (residual === null || kept === undefined) return;
    const at = (endRow - window.newRows + 1) * window.channels;
    // windows go on for a while after a series has stopped
    const known = own.truth.length - at;
    if (known <= 0) return;
    kept.expected.set(residual.expected.subarray(0, known), at);
    kept.halfWidth90.set(residual.halfWidth90.subarray(0, known), at);
  }

  /** Takes a forecast after each third of the run. */
  addForecast({ window, forecast }: Inference, own: SeriesTruth, endRow: number): void {
    if (forecast === null || this.forecasts.length >= examplesMax || endRow + forecast.horizon >= own.rows) return;
    if (endRow < ((this.forecasts.length + 0.6) * this.#rows) / examplesMax) return;
    const channels = window.channels;
    const c = this.#liveliest(own, endRow + 1, forecast.horizon, this.forecasts.length);
    const before = Math.min(window.length, 3 * forecast.horizon);
    const rows = before + forecast.horizon;
    const first = endRow - before + 1;
    const pick = (from: number, to: number) =>
      Float64Array.from({ length: rows }, (_, k) =>
        k >= from && k < to ? (own.truth[(first + k) * channels + c] as number) : Number.NaN,
      );
    const quantiles = new Float64Array(rows * levels).fill(Number.NaN);
    for (let h = 0; h < forecast.horizon; h++) {
      const at = (h * channels + c) * levels;
      quantiles.set(forecast.quantiles.subarray(at, at + levels), (before + h) * levels);
    }
    this.forecasts.push(this.#example(own, c, first, pick(0, before), pick(before, rows), quantiles));
  }

  /** Takes a gap of at least a few rows after each third of the run. */
  addImputed({ window, imputed }: Inference, own: SeriesTruth, endRow: number): void {
    if (imputed === null || this.imputations.length >= examplesMax) return;
    if (endRow < ((this.imputations.length + 0.3) * this.#hiddenRows) / examplesMax) return;
    const { channels, length } = window;
    const first = endRow - length + 1;
    const final = [...imputed.rows.keys()].filter((k) => imputed.final[k] === 1);
    if (final.length === 0) return;
    const gap = (c: number) =>
      final.every((k) => own.hidden[(first + (imputed.rows[k] as number)) * channels + c] === 1);
    const c = Array.from({ length: channels }, (_, i) => i).find(
      (i) => this.#config.channels[i]?.kind === 'gauge' && gap(i),
    );
    if (c === undefined) return;
    const middle = first + (imputed.rows[final[0] as number] as number);
    const from = Math.max(0, middle - 24);
    const rows = Math.min(own.rows - from, 52);
    const cells = (hidden: boolean) =>
      Float64Array.from({ length: rows }, (_, k) =>
        (own.hidden[(from + k) * channels + c] === 1) === hidden
          ? (own.truth[(from + k) * channels + c] as number)
          : Number.NaN,
      );
    const quantiles = new Float64Array(rows * levels).fill(Number.NaN);
    for (const k of final) {
      const row = first + (imputed.rows[k] as number) - from;
      const at = (k * channels + c) * levels;
      if (row >= 0 && row < rows) quantiles.set(imputed.quantiles.subarray(at, at + levels), row * levels);
    }
    this.imputations.push(this.#example(own, c, from, cells(false), cells(true), quantiles));
  }

  #example(
    own: SeriesTruth,
    c: number,
    firstRow: number,
    observed: Float64Array,
    truth: Float64Array,
    quantiles: Float64Array,
  ): ExampleData {
    const { name, unit } = this.#config.channels[c] as PipelineConfig['channels'][number];
    const stepMs = this.#config.window.step_ms;
    return {
      series: own.series,
      channel: name,
      unit,
      startMs: own.startMs + firstRow * stepMs,
      stepMs,
      observed,
      truth,
      levels: [...crpsLevels],
      quantiles,
    };
  }

  /** The gauge that moves most over the rows, relative to its whole range; the k-th of them for the k-th example. */
  #liveliest(own: SeriesTruth, from: number, rows: number, k: number): number {
    const channels = this.#config.channels.length;
    const range = (c: number, first: number, count: number) => {
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let row = first; row < Math.min(own.rows, first + count); row++) {
        const value = own.truth[row * channels + c] as number;
        if (Number.isNaN(value)) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      return high - low;
    };
    const gauges = Array.from({ length: channels }, (_, c) => c).filter(
      (c) => this.#config.channels[c]?.kind === 'gauge',
    );
    const share = (c: number) => {
      const whole = range(c, 0, own.rows);
      return whole > 0 ? range(c, from, rows) / whole : 0;
    };
    const sorted = gauges.map((c) => ({ c, share: share(c) })).sort((a, b) => b.share - a.share);
    return sorted[Math.min(k, sorted.length - 1)]?.c ?? 0;
  }
}
