import { existsSync } from 'node:fs';
import path from 'node:path';
import { dataFolder } from '../../quality/data/data-folder.ts';
import { readText } from '../../quality/data/number-table.ts';

/** Detectors of the published tables that are shown beside ours: the best of either table, and the deep ones that papers compare with. */
const shown = ['KMeansAD', 'CNN', 'LSTMAD', 'OmniAnomaly', 'TranAD', 'PCA', 'IForest', 'Sub-PCA', 'POLY', 'MOMENT_FT'];
const tables = ['multi_mergedTable_VUS-PR.csv', 'uni_mergedTable_VUS-PR.csv'];

/** Published VUS-PR of a file of TSB-AD by detector; empty where the tables do not have it. */
export function publishedVusPr(file: string | null): Record<string, number> {
  const folder = dataFolder('tsb_ad_reference');
  if (folder === null || file === null) return {};
  for (const table of tables) {
    const source = path.join(folder, 'benchmark_eval_results', table);
    if (!existsSync(source)) continue;
    const [head = '', ...lines] = readText(source).split(/\r?\n/);
    const line = lines.find((text) => text.startsWith(`${file},`));
    if (line === undefined) continue;
    const cells = line.split(',');
    const names = head.split(',');
    return Object.fromEntries(
      shown.filter((name) => names.includes(name)).map((name) => [name, Number(cells[names.indexOf(name)])]),
    );
  }
  return {};
}
