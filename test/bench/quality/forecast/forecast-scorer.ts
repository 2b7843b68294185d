import { inferBases } from '../../../../src/cli/evaluate/infer-bases.ts';
import type { PipelineConfig } from '../../../../src/config/pipeline-schema.ts';
import type { Sink } from '../../../../src/core/component.ts';
import type { Verdict } from '../../../../src/core/verdict.ts';
import type { Window } from '../../../../src/core/window.ts';
import type { Model } from '../../../../src/diffusion/model.ts';
import { crpsLevels } from '../../../../src/eval/crps.ts';
import { createDistributionMetrics, type DistributionMetrics } from '../../../../src/eval/distribution-metrics.ts';
import type { Engine } from '../../../../src/infer/engines/engine.ts';
import { inferWindows } from '../../../../src/infer/plan.ts';
import { planOptionsOf } from '../../../../src/topology/plan-options.ts';
import { cpuSeconds } from '../cpu-time.ts';
import { type CrpsForm, type Figures, figuresOf } from '../figures.ts';
import { type ForecastData, trainingScales } from './forecast-data.ts';
import { type PointForecaster, pointForecasters } from './point-forecasters.ts';
import { ResidualForecaster } from './residual-forecaster.ts';

export interface ForecastSetting {
  readonly data: ForecastData;
  readonly model: Model;
  readonly engine: Engine;
  readonly config: PipelineConfig;
  /** First rows of forecasts that are also judged apart, by name: the origins that a paper picked. */
  readonly apart: ReadonlyMap<string, readonly number[]>;
}

interface Group {
  readonly judges: (row: number) => boolean;
  readonly methods: Map<string, DistributionMetrics>;
  readonly windows: JudgedWindow[];
}

/** A window at a judged origin, with the index of its last row. */
export interface JudgedWindow {
  readonly window: Window;
  readonly row: number;
}

const dayMs = 86_400_000;

/** Judges what a pipeline serves, beside its parts and the references, at the same origins. */
export class ForecastScorer {
  readonly #setting: ForecastSetting;
  readonly #scales: readonly number[];
  readonly #references: Readonly<Record<string, PointForecaster>>;
  readonly #residuals = new Map<string, ResidualForecaster>();
  readonly #groups: ReadonlyMap<string, Group>;
  #networkCpuS = 0;
  #networkCalls = 0;

  constructor(setting: ForecastSetting) {
    this.#setting = setting;
    const { data, model } = setting;
    const season = Math.round(dayMs / data.stepMs);
    this.#scales = trainingScales(data);
    this.#references = pointForecasters(model, data.channels.length, season > 1 ? season : 0);
    const group = (judges: Group['judges']): Group => ({ judges, methods: new Map(), windows: [] });
    const apart = [...setting.apart].map(([name, rows]) => [name, group((row) => rows.includes(row))] as const);
    this.#groups = new Map([['all', group(() => true)], ...apart]);
  }

  /** CPU milliseconds of the network's forecast of one window: call and base. */
  get msWindow(): number {
    return (1000 * this.#networkCpuS) / Math.max(1, this.#networkCalls);
  }

  windowsOf(group: string): readonly JudgedWindow[] {
    return this.#group(group).windows;
  }

  /** Judged cells. */
  cells(group: string): number {
    return this.#group(group).methods.get('served')?.summary().count ?? 0;
  }

  /** By method; `served` is what the pipeline delivers. */
  figures(group: string, form: CrpsForm): Record<string, Figures> {
    const { methods } = this.#group(group);
    return Object.fromEntries([...methods].map(([name, metrics]) => [name, figuresOf(metrics.summary(), form)]));
  }

  #group(name: string): Group {
    const group = this.#groups.get(name);
    if (group === undefined || group.windows.length === 0) throw new Error(`no forecast of "${name}" was judged`);
    return group;
  }

  sink(): Sink {
    const deliver = async (batch: readonly { readonly verdict: Verdict | null }[]) => {
      for (const { verdict } of batch) if (verdict !== null) await this.#add(verdict);
      return [];
    };
    return { name: 'quality', deliver, close: async () => {}, health: () => ({ ok: true, detail: '' }) };
  }

  async #add({ inference }: Verdict): Promise<void> {
    const { window, forecast } = inference;
    if (forecast === null) return;
    const { data, model, engine, config } = this.#setting;
    const row = Math.round((window.endMs - data.startMs) / data.stepMs);
    const { horizon } = model.basis;
    if (row + horizon >= data.testTo) return;
    const [bases] = await inferBases(model, config, [window]);
    const from = process.cpuUsage();
    const [alone] = await inferWindows(
      engine,
      model,
      { ...planOptionsOf(config), imputeDelaySteps: model.shape.length, scoreParts: [] },
      [{ ...window, newRows: 0 }],
    );
    this.#networkCpuS += cpuSeconds(from);
    this.#networkCalls++;
    if (bases?.forecast == null || alone?.forecast == null) throw new Error(`no forecast of the parts at row ${row}`);
    const quantiles = new Map([
      ['served', forecast.quantiles],
      ['network', alone.forecast.quantiles],
      ['zero_head', bases.forecast.quantiles],
    ]);
    const shape = { horizon, channels: data.channels.length };
    for (const [name, point] of Object.entries(this.#references)) {
      const residuals = this.#residuals.get(name) ?? new ResidualForecaster(shape);
      this.#residuals.set(name, residuals);
      const made = point({ window, row, values: data.values, base: bases.forecast });
      quantiles.set(name, residuals.quantiles(row, made, data.values));
    }
    if (row + 1 < data.testFrom) return;
    this.#judge(window, row, quantiles);
  }

  #judge(window: Window, row: number, quantiles: ReadonlyMap<string, Float64Array>): void {
    const { data, model } = this.#setting;
    const channels = data.channels.length;
    for (const { judges, methods, windows } of this.#groups.values()) {
      if (!judges(row + 1)) continue;
      windows.push({ window, row });
      for (const [name, own] of quantiles) {
        const metrics = methods.get(name) ?? createDistributionMetrics(crpsLevels, this.#scales);
        methods.set(name, metrics);
        for (let i = 0; i < model.basis.horizon * channels; i++)
          metrics.add(i % channels, data.values[(row + 1) * channels + i], own, i * crpsLevels.length);
      }
    }
  }
}
