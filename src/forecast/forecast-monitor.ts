import type { Telemetry } from '../core/telemetry.ts';
import type { ResolvedCell } from './series-forecast.ts';
import { members } from './shape.ts';

/** Cells after which one counts half. */
const halfLifeCells = 20_000;
const keep = 2 ** (-1 / halfLifeCells);
/** Cells below which coverage is too uncertain to call anything degraded. */
const cellsMin = 5000;
const publishEveryCells = 500;
/** Where the 90 % interval can no longer be taken for one. */
const coverageMin = 0.8;
const coverageMax = 0.98;

const names = [...members, 'served'] as const;

export interface ForecastHealth {
  /** Forecasts that are too sure or too vague are no reason to stop: never false. */
  readonly ok: true;
  readonly degraded: boolean;
  readonly detail: string;
}

/**
 * How the forecasts of a pipeline come out, over all series since it was started: decayed coverage of the 90 % interval that was
 * served, and decayed CRPS of members and mixture in units of the channels' ordinary spread. It only watches: no result depends on it.
 */
export class ForecastMonitor {
  readonly #telemetry: Pick<Telemetry, 'gauge' | 'count'>;
  /** [channel] */
  readonly #measured: readonly boolean[];
  readonly #losses = new Float64Array(names.length);
  #inside = 0;
  #weight = 0;
  #cells = 0;

  constructor(telemetry: Pick<Telemetry, 'gauge' | 'count'>, measured: readonly boolean[]) {
    this.#telemetry = telemetry;
    this.#measured = measured;
  }

  /** Share of values within the 90 % interval that was served for them; null before the first. */
  get coverage90(): number | null {
    return this.#weight === 0 ? null : this.#inside / this.#weight;
  }

  /** Cells of channels that are set, not measured, and of those that stand still say nothing about the model: they do not count. */
  add(cell: ResolvedCell): void {
    const { channel, y, low, high, losses, scale } = cell;
    if (!this.#measured[channel] || !(high > low) || !(scale > 0)) return;
    this.#inside = keep * this.#inside + (y >= low && y <= high ? 1 : 0);
    for (let k = 0; k < losses.length; k++) this.#losses[k] = keep * this.#losses[k] + losses[k] / scale;
    this.#weight = keep * this.#weight + 1;
    if (++this.#cells % publishEveryCells === 0) this.#publish();
  }

  health(): ForecastHealth {
    const coverage = this.coverage90;
    if (coverage === null || this.#cells < cellsMin)
      return { ok: true, degraded: false, detail: `${this.#cells} of ${cellsMin} forecast values resolved` };
    const detail = `90 % intervals cover ${(100 * coverage).toFixed(1)} %`;
    return { ok: true, degraded: coverage < coverageMin || coverage > coverageMax, detail };
  }

  #publish(): void {
    this.#telemetry.count('forecast_cells_resolved_total', publishEveryCells);
    this.#telemetry.gauge('forecast_coverage_90', this.#inside / this.#weight);
    names.forEach(
      (member, k) => void this.#telemetry.gauge('forecast_crps', this.#losses[k] / this.#weight, { member }),
    );
  }
}
