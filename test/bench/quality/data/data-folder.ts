import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const beside = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));

/** Folder of a data set: under DRIFTCAST_DATA, else ../shared/data beside the repository; null where it is not there. */
export function dataFolder(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const folder = path.join(env.DRIFTCAST_DATA ?? beside, name);
  return existsSync(folder) ? folder : null;
}
