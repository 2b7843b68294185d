import { type CrpsForm, overSeeds } from '../figures.ts';
import type { ImputationProtocol } from '../imputation/protocol.ts';
import { scoreBaselines, scoreModel } from '../imputation/run-imputation.ts';
import { trainImputer } from '../imputation/train-imputer.ts';
import { pathsMsWindow, scoreImputationPaths } from '../joint/imputation-joint.ts';
import type { Published, QualityResult } from '../quality-row.ts';
import type { RunSettings } from '../settings.ts';

/** What is judged with one trained model: a key and its windows. */
export interface ImputationTarget {
  readonly key: string;
  readonly protocol: string;
  readonly published: Readonly<Record<string, Published>>;
  readonly notes: readonly string[];
  /** Unit of the sums over hidden channels; absent: sums are not judged. */
  readonly jointUnit?: string;
  /** Windows by seed (a seed may be another fold). */
  readonly windows: (seed: number) => ImputationProtocol;
}

/** Windows whose paths are judged at most: sampling them takes the longest. */
const jointWindowsMax = 41;
const quickWindows = 3;

/** Trains once a seed, judges every target with it; the references and the paths are those of the first seed. */
export async function runImputationRow(
  targets: readonly ImputationTarget[],
  form: CrpsForm,
  settings: RunSettings,
  done: (key: string, result: QualityResult) => void,
): Promise<void> {
  const scores = new Map<string, Record<string, number>[]>();
  const first = new Map<string, Pick<QualityResult, 'cells' | 'baselines' | 'joint' | 'ms_window_paths'>>();
  for (const [k, seed] of settings.seeds.entries()) {
    const protocols = targets.map(({ windows }) => (settings.quick ? fewer(windows(seed)) : windows(seed)));
    const trained = await trainImputer(protocols[0], settings, seed);
    settings.say(`  seed ${seed}: ${trained.steps} steps, held-out over base ${trained.validation.toFixed(4)}`);
    for (const [i, { key, jointUnit }] of targets.entries()) {
      const { model, msWindow, cells } = await scoreModel(trained, protocols[i], form);
      settings.say(`  ${key}: CRPS ${model.crps.toFixed(4)}, MAE ${model.mae.toFixed(4)}`);
      const own = scores.get(key) ?? [];
      scores.set(key, own);
      own.push({ ...model, ms_window: msWindow, train_cpu_s: trained.cpuS });
      if (k > 0) continue;
      const baselines = await scoreBaselines(trained, protocols[i], form, settings);
      const judged = thinned(protocols[i], jointWindowsMax);
      const joint =
        jointUnit === undefined
          ? {}
          : {
              ms_window_paths: await pathsMsWindow(trained, judged),
              joint: {
                unit: jointUnit,
                windows: judged.test.length,
                methods: await scoreImputationPaths(trained, judged, settings.quick),
              },
            };
      first.set(key, { cells, baselines, ...joint });
    }
  }
  for (const { key, protocol, published, notes } of targets) {
    const { mean, spread } = overSeeds(scores.get(key) ?? []);
    const rest = first.get(key);
    if (rest === undefined) continue;
    const figures = mean as unknown as QualityResult;
    done(key, { ...figures, ...rest, protocol, crps_form: form, spread, parts: {}, published, notes });
  }
}

/** Every so many of the test windows, at most `count`. */
function thinned(protocol: ImputationProtocol, count: number): ImputationProtocol {
  const every = Math.ceil(protocol.test.length / count);
  return { ...protocol, test: protocol.test.filter((_, i) => i % every === 0) };
}

/** A protocol that is through in a second or two. */
const fewer = (protocol: ImputationProtocol): ImputationProtocol => ({
  ...thinned(protocol, quickWindows),
  trainingRows: protocol.trainingRows.filter((_, i) => i % Math.ceil(protocol.trainingRows.length / 40) === 0),
  validationRows: protocol.validationRows.slice(0, 4),
});
