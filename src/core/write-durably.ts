import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/**
 * Replaces a file atomically; when it resolves, the new one would survive a power cut. A crash leaves the file before or this one;
 * a failure leaves nothing half-written.
 * @param pieces written one after the other: a file may be larger than a string can be
 */
export async function writeDurably(path: string, pieces: Pieces): Promise<void> {
  const folder = dirname(path);
  const next = join(folder, `.${basename(path)}.new`);
  await mkdir(folder, { recursive: true });
  try {
    const file = await open(next, 'w');
    try {
      for await (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined); // what went wrong first is what is told
    throw error;
  }
  const held = await open(folder, 'r'); // without it the rename itself could be lost
  await held.sync().finally(() => held.close());
}
