import { rename } from 'node:fs/promises';
import { z } from 'zod';
import { defineDeadLetter } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { type LineFile, openLineFile } from './line-file.ts';
import { createSerial } from './serially.ts';

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .default('dead-letters.jsonl')
    .describe('File of JSON lines, relative to the pipeline file. New letters go behind the old ones.'),
  max_bytes: z
    .number()
    .int()
    .min(4096)
    .default(64 * 1024 * 1024)
    .describe('When the file would grow beyond, it becomes <path>.1 (replacing the one before) and a new one begins.'),
});

/** Dead letters as JSON lines in a file that cannot grow without bound. */
export const deadLetterFile = defineDeadLetter({
  kind: 'dead_letter',
  type: 'file',
  summary: 'Dead letters as JSON lines in a file, with the reason, the position and the message as it came.',
  options,
  examples: [{}, { path: 'out/dead-letters.jsonl', max_bytes: 1_048_576 }],
  build({ path: chosenPath, max_bytes: maxBytes }, context) {
    const path = context.resolvePath(chosenPath);
    const serially = createSerial();
    let file: LineFile | null = null;

    const opened = async (): Promise<LineFile> => {
      file ??= await openLineFile(path, { append: true, header: '' });
      return file;
    };

    const rotate = async (full: LineFile) => {
      await full.close();
      file = null;
      await rename(path, `${path}.1`);
    };

    const write = async (letters: readonly DeadLetter[]) => {
      let text = '';
      let bytes = 0;
      for (const letter of letters) {
        const line = `${JSON.stringify(deadLetterJson(letter))}\n`;
        const lineBytes = Buffer.byteLength(line);
        const open = await opened();
        if (open.bytes + bytes > 0 && open.bytes + bytes + lineBytes > maxBytes) {
          await open.append(text);
          await rotate(open);
          text = '';
          bytes = 0;
        }
        text += line;
        bytes += lineBytes;
      }
      if (bytes > 0) await (await opened()).append(text);
    };

    const attempt = (task: () => Promise<void>) =>
      serially(async () => {
        try {
          await task();
        } catch (error) {
          throw new DriftcastError('DEAD_LETTER_FAILED', `writing dead letters to ${path}: ${messageOf(error)}`, {
            cause: error,
            retryable: true,
            hint: 'Free space on the device, or give another path under dead_letter.',
          });
        }
      });

    return {
      write: (letters) => attempt(() => write(letters)),
      close: () =>
        attempt(async () => {
          const open = file;
          file = null;
          await open?.close();
        }),
    };
  },
});

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One letter as it stands in the file; `raw` in base64, and as `text` too where it is valid UTF-8. */
export function deadLetterJson({ reason, detail, position, key, raw, timeMs }: DeadLetter) {
  return {
    time: new Date(timeMs).toISOString(),
    reason,
    detail,
    topic: position?.topic ?? null,
    partition: position?.partition ?? null,
    offset: position?.offset ?? null,
    key,
    raw: raw === null ? null : Buffer.from(raw).toString('base64'),
    ...textOf(raw),
  };
}

function textOf(raw: Uint8Array | null): { readonly text?: string } {
  if (raw === null) return {};
  try {
    return { text: utf8.decode(raw) };
  } catch {
    return {};
  }
}
