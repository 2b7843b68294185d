import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { lineFileSource } from '../../../src/cli/history/line-file.ts';
import { systemClock } from '../../../src/core/clock.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'driftcast-lines-'));
});
after(() => rm(dir, { recursive: true }));

async function linesOf(name: string, data: string | Buffer, lineBytesMax = 1000): Promise<string[]> {
  const file = path.join(dir, name);
  await writeFile(file, data);
  const source = lineFileSource({
    path: file,
    lineBytesMax,
    itemOf: (line) => ({ key: null, value: Buffer.from(line), timestampMs: null }),
    clock: systemClock,
  });
  const lines: string[] = [];
  await source.run(
    (event) => {
      if (event.kind === 'record') lines.push(Buffer.from(event.record.value ?? []).toString());
    },
    { free: true, whenFree: () => Promise.resolve() },
  );
  assert.ok(lines.length === 0 || source.progress() === 1, 'all of it was read');
  return lines;
}

test('lines as they stand, whatever ends them; empty ones are none; compressed or not', async () => {
  assert.deepEqual(await linesOf('a', 'one\r\n\ntwo\nthree'), ['one', 'two', 'three']);
  assert.deepEqual(await linesOf('a.gz', gzipSync('one\ntwo\n')), ['one', 'two']);
  assert.deepEqual(await linesOf('empty', ''), []);
});

test('lines longer than a buffer, cut anywhere, come whole', async () => {
  const length = fc.integer({ min: 1, max: 90_000 });
  await fc.assert(
    fc.asyncProperty(fc.array(length, { minLength: 1, maxLength: 5 }), async (lengths) => {
      const lines = lengths.map((n, i) => String(i).repeat(n));
      assert.deepEqual(await linesOf('long', lines.join('\n'), 100_000), lines);
    }),
    { numRuns: 15 },
  );
});

test('a line without end does not fill the memory', async () => {
  await assert.rejects(linesOf('endless', 'x'.repeat(200_000), 50_000), /a line of more than 50000 bytes/);
});
