import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { writeDurably } from '../../src/core/write-durably.ts';

describe('writeDurably', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'driftcast-durable-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes the folder, writes all pieces in order and leaves nothing else', async () => {
    const path = join(folder, 'deep', 'file');
    await writeDurably(path, ['a', Buffer.from('b'), 'ü']);
    assert.equal(await readFile(path, 'utf8'), 'abü');
    await writeDurably(path, ['c']);
    assert.equal(await readFile(path, 'utf8'), 'c');
    assert.deepEqual(await readdir(join(folder, 'deep')), ['file']);
  });

  it('keeps the file before where a piece cannot be made, and cleans up', async () => {
    const path = join(folder, 'file');
    await writeDurably(path, ['before']);
    function* broken(): Generator<string> {
      yield 'half';
      throw new Error('no more');
    }
    await assert.rejects(writeDurably(path, broken()), /no more/);
    assert.equal(await readFile(path, 'utf8'), 'before');
    assert.deepEqual(await readdir(folder), ['file']);
  });

  it('writes over what an interrupted run left', async () => {
    const path = join(folder, 'file');
    await writeFile(join(folder, '.file.new'), 'a longer half of something');
    await writeDurably(path, ['x']);
    assert.equal(await readFile(path, 'utf8'), 'x');
  });

  it('fails where the place is a folder', async () => {
    await mkdir(join(folder, 'file', 'inner'), { recursive: true });
    await assert.rejects(writeDurably(join(folder, 'file'), ['x']));
    assert.deepEqual(await readdir(folder), ['file']);
  });
});
