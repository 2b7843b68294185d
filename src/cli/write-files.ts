import { mkdir, open, writeFile } from 'node:fs/promises';
import { DriftcastError, messageOf } from '../core/errors.ts';

/** A text file that is written piece by piece. */
export interface TextFile {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

const pieceChars = 65_536;

/** Makes a folder that results go to. Errors: SINK_FAILED. */
export const makeFolder = (dir: string): Promise<void> =>
  guarded(`making the folder ${dir}`, async () => void (await mkdir(dir, { recursive: true })));

/** Writes a whole file. Errors: SINK_FAILED. */
export const writeText = (file: string, text: string): Promise<void> =>
  guarded(`writing ${file}`, () => writeFile(file, text));

/** Opens a file and writes its first line. Errors, here and in writing: SINK_FAILED. */
export async function openTextFile(file: string, header: string): Promise<TextFile> {
  const doing = `writing ${file}`;
  const handle = await guarded(doing, () => open(file, 'w'));
  let waiting = header;
  const flush = async () => {
    const text = waiting;
    waiting = '';
    await guarded(doing, () => handle.writeFile(text));
  };
  return {
    write: async (text) => {
      waiting += text;
      if (waiting.length >= pieceChars) await flush();
    },
    close: async () => {
      try {
        await flush();
      } finally {
        await handle.close();
      }
    },
  };
}

async function guarded<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const hint = 'Choose a folder for --out that can be written to, on a disk with room.';
    throw new DriftcastError('SINK_FAILED', `${doing}: ${messageOf(cause)}`, { cause, hint });
  }
}
