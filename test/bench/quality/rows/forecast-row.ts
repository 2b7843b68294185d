import { type CrpsForm, type Figures, overSeeds } from '../figures.ts';
import { type ForecastData, shortened } from '../forecast/forecast-data.ts';
import type { ForecastTask } from '../forecast/pipeline-files.ts';
import { runForecast } from '../forecast/run-forecast.ts';
import { scoreForecastPaths } from '../joint/forecast-joint.ts';
import type { Published, QualityResult } from '../quality-row.ts';
import type { RunSettings } from '../settings.ts';

/** What is judged of one pass: all origins of the test, or some apart. */
export interface ForecastTarget {
  readonly key: string;
  readonly protocol: string;
  readonly form: CrpsForm;
  /** First rows of the forecasts that count; absent: all. */
  readonly origins?: readonly number[];
  readonly published: Readonly<Record<string, Published>>;
  readonly notes: readonly string[];
  /** How paths are summed over channels; absent: sums are not judged. */
  readonly jointUnit?: 'scaled' | 'raw';
}

const jointWindowsMax = 40;
const unitNames = {
  scaled: 'sum of all channels in training standard deviations',
  raw: 'sum of all channels as they are',
} as const;

/** Trains and replays once a seed; the references and the paths are those of the first seed. */
export async function runForecastRow(
  whole: ForecastData,
  wanted: ForecastTask,
  targets: readonly ForecastTarget[],
  settings: RunSettings,
  done: (key: string, result: QualityResult) => void,
): Promise<void> {
  const data = settings.quick ? shortened(whole, wanted.context + wanted.horizon, wanted.horizon) : whole;
  const task = settings.quick ? { ...wanted, every: 8 } : wanted;
  const scores = new Map<string, Record<string, number>[]>();
  const first = new Map<string, Pick<QualityResult, 'cells' | 'baselines' | 'parts' | 'joint'>>();
  for (const [k, seed] of settings.seeds.entries()) {
    const apart = targets.flatMap(({ key, origins }) =>
      origins === undefined || settings.quick ? [] : ([[key, origins]] as const),
    );
    const { scorer, model, trainCpuS } = await runForecast(data, task, settings, seed, new Map(apart));
    for (const { key, form, jointUnit } of targets) {
      const group = apart.some(([name]) => name === key) ? key : 'all';
      const { served, network, ...baselines } = scorer.figures(group, form);
      settings.say(`  ${key}: CRPS ${served.crps.toFixed(4)}, network alone ${network.crps.toFixed(4)}`);
      const own = scores.get(key) ?? [];
      scores.set(key, own);
      own.push({ ...served, ms_window: scorer.msWindow, train_cpu_s: trainCpuS });
      if (k > 0) continue;
      const windows = thinned(scorer.windowsOf(group), settings.quick ? 2 : jointWindowsMax);
      const joint =
        jointUnit === undefined
          ? {}
          : {
              joint: {
                unit: unitNames[jointUnit],
                windows: windows.length,
                methods: await scoreForecastPaths(data, model, windows, jointUnit, settings.quick),
              },
            };
      first.set(key, { cells: scorer.cells(group), baselines, parts: { network: network as Figures }, ...joint });
    }
  }
  for (const { key, protocol, form, published, notes } of targets) {
    const { mean, spread } = overSeeds(scores.get(key) ?? []);
    const rest = first.get(key);
    if (rest === undefined) continue;
    const figures = mean as unknown as QualityResult;
    done(key, { ...figures, ...rest, protocol, crps_form: form, spread, published, notes });
  }
}

function thinned<T>(all: readonly T[], count: number): T[] {
  const every = Math.max(1, Math.ceil(all.length / count));
  return all.filter((_, i) => i % every === 0);
}
