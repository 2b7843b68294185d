import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface LineFile {
  /** Appends whole lines. When it rejects, the file ends where it ended before the call. */
  append(text: string): Promise<void>;
  /** Forces what was appended to the disk. */
  sync(): Promise<void>;
  /** Syncs and closes. */
  close(): Promise<void>;
  readonly bytes: number;
}

export interface LineFileOptions {
  /** Keep what is in the file; otherwise it is emptied. */
  readonly append: boolean;
  /** Written first when the file is empty. */
  readonly header: string;
}

const tailBytes = 1 << 20;

/** Opens a text file for appending whole lines; its folder is made where it is missing. Rejects with the system's error. */
export async function openLineFile(path: string, { append, header }: LineFileOptions): Promise<LineFile> {
  await mkdir(dirname(path), { recursive: true });
  const { O_RDWR, O_CREAT, O_TRUNC } = constants;
  const handle = await open(path, O_RDWR | O_CREAT | (append ? 0 : O_TRUNC), 0o644);
  try {
    let bytes = append ? await wholeLines(handle) : 0;
    const write = async (text: string) => {
      const data = Buffer.from(text);
      try {
        for (let done = 0; done < data.length; ) {
          done += (await handle.write(data, done, data.length - done, bytes + done)).bytesWritten;
        }
        bytes += data.length;
      } catch (error) {
        // Half a line would swallow the first one of the next attempt. Best effort: a full device may refuse this too.
        await handle.truncate(bytes).catch(() => undefined);
        throw error;
      }
    };
    if (bytes === 0) await write(header);
    return {
      append: write,
      sync: () => handle.datasync(),
      async close() {
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      },
      get bytes() {
        return bytes;
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Cuts a last line that a crash left without its line break, and says how long the file is then. */
async function wholeLines(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  if (size === 0) return 0;
  const from = Math.max(0, size - tailBytes);
  const tail = Buffer.alloc(size - from);
  await handle.read(tail, 0, tail.length, from);
  const end = from + tail.lastIndexOf(0x0a) + 1;
  // No line break in the whole tail: not a file of ours to cut.
  if (end === from && from > 0) return size;
  if (end < size) await handle.truncate(end);
  return end;
}
