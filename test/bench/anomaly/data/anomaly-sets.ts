import { dataFolder } from '../../quality/data/data-folder.ts';
import type { AnomalyFileEntry } from './anomaly-file.ts';
import { mslSmapFiles } from './msl-smap.ts';
import { nabFiles } from './nab.ts';
import { skabFiles } from './skab.ts';
import { smdFiles } from './smd.ts';

export const setNames = ['SMD', 'MSL', 'SMAP', 'SKAB', 'NAB'] as const;
export type SetName = (typeof setNames)[number];

const folders: Readonly<Record<SetName, string>> = {
  SMD: 'smd',
  MSL: 'msl_smap',
  SMAP: 'msl_smap',
  SKAB: 'skab',
  NAB: 'nab',
};

/** Files of a set; null where its folder is not there. */
export function filesOf(set: SetName): AnomalyFileEntry[] | null {
  const folder = dataFolder(folders[set]);
  if (folder === null) return null;
  const tsb = dataFolder('tsb_ad_reference');
  if (set === 'SMD') return smdFiles(folder, tsb);
  if (set === 'SKAB') return skabFiles(folder);
  if (set === 'NAB') return nabFiles(folder, tsb);
  return mslSmapFiles(folder, set, tsb);
}
