import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openLineFile } from '../../src/sink/line-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'driftcast-line-file-'));
after(() => rm(folder, { recursive: true }));
let files = 0;
function freshPath(): string {
  files += 1;
  return join(folder, 'made', 'on the way', `${files}.txt`);
}

describe('openLineFile', () => {
  test('makes folders and begins with the header', async () => {
    const path = freshPath();
    const file = await openLineFile(path, { append: false, header: 'head\n' });
    await file.append('a\n');
    await file.append('b\n');
    await file.sync();
    assert.equal(file.bytes, 9);
    await file.close();
    assert.equal(await readFile(path, 'utf8'), 'head\na\nb\n');
  });

  test('empties what is there, or goes on behind it without a second header', async () => {
    const path = freshPath();
    const once = async (append: boolean, text: string) => {
      const file = await openLineFile(path, { append, header: 'head\n' });
      await file.append(text);
      await file.close();
    };
    await once(false, 'a\n');
    await once(true, 'b\n');
    assert.equal(await readFile(path, 'utf8'), 'head\na\nb\n');
    await once(false, 'c\n');
    assert.equal(await readFile(path, 'utf8'), 'head\nc\n');
  });

  test('cuts a last line that a crash tore', async () => {
    const path = freshPath();
    await (await openLineFile(path, { append: false, header: '' })).close();
    for (const [before, kept] of [
      ['one\ntwo\nthr', 'one\ntwo\n'],
      ['torn', ''],
      ['whole\n', 'whole\n'],
    ]) {
      await writeFile(path, before);
      const file = await openLineFile(path, { append: true, header: '' });
      await file.append('next\n');
      await file.close();
      assert.equal(await readFile(path, 'utf8'), `${kept}next\n`);
    }
  });

  test('leaves a long file without any line break alone', async () => {
    const path = freshPath();
    await (await openLineFile(path, { append: false, header: '' })).close();
    await writeFile(path, 'x'.repeat(2 << 20));
    const file = await openLineFile(path, { append: true, header: '' });
    assert.equal(file.bytes, 2 << 20);
    await file.close();
  });

  test('rejects with the error of a full device', async () => {
    await assert.rejects(openLineFile('/dev/full', { append: false, header: 'head\n' }), { code: 'ENOSPC' });
  });

  test('rejects where a folder cannot be made', async () => {
    const path = freshPath();
    await (await openLineFile(path, { append: false, header: 'x\n' })).close();
    await assert.rejects(openLineFile(join(path, 'below a file'), { append: false, header: '' }), {
      code: /EEXIST|ENOTDIR/,
    });
  });
});
