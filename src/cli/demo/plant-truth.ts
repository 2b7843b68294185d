import type { Fault, Plant, PlantOptions } from '../../source/plant/plant.ts';
import type { SeriesTruth } from '../evaluate/truth.ts';

/** What the simulator knows and the pipeline does not: every value, and when which fault was on. */
export function plantTruth(plant: Plant, options: PlantOptions): { truth: SeriesTruth[]; faults: Fault[] } {
  const channels = plant.channels.length;
  const startRow = Math.floor(options.startMs / plant.stepMs);
  const truth = new Map<string, { truth: Float64Array; hidden: Uint8Array; labels: Uint8Array }>();
  for (const series of plant.series) {
    truth.set(series, {
      truth: new Float64Array(options.steps * channels).fill(Number.NaN),
      hidden: new Uint8Array(options.steps * channels),
      labels: new Uint8Array(options.steps),
    });
  }
  for (const row of plant.generate(options)) {
    const own = truth.get(row.series);
    const at = Math.floor(row.timeMs / plant.stepMs) - startRow;
    if (own === undefined || at < 0 || at >= options.steps) continue;
    if (row.fault !== null) own.labels[at] = 1;
    row.values.forEach((value, c) => {
      own.truth[at * channels + c] = value;
      if (row.observed[c] === null) own.hidden[at * channels + c] = 1;
    });
  }
  return {
    truth: [...truth].map(([series, own]) => ({
      series,
      startMs: startRow * plant.stepMs,
      rows: options.steps,
      ...own,
    })),
    faults: plant.faultsOf(options),
  };
}
