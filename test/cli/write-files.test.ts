import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeFolder, openTextFile, writeText } from '../../src/cli/write-files.ts';
import { DriftcastError } from '../../src/core/errors.ts';

const refused = (error: unknown) =>
  error instanceof DriftcastError &&
  error.code === 'SINK_FAILED' &&
  /(writing|making the folder) .*taken/.test(error.message) &&
  error.hint !== undefined;

describe('files of results', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'driftcast-write-'));
    await writeFile(path.join(dir, 'taken'), '');
  });
  after(() => rm(dir, { recursive: true, force: true }));

  test('pieces come to the file in their order, however many', async () => {
    const file = path.join(dir, 'pieces.csv');
    await writeFile(file, 'what was there before '.repeat(10_000));
    const out = await openTextFile(file, 'head\n');
    const pieces = Array.from({ length: 5000 }, (_, i) => `${i} äöü ${'x'.repeat(i % 50)}\n`);
    for (const piece of pieces) await out.write(piece);
    await out.close();
    assert.equal(await readFile(file, 'utf8'), `head\n${pieces.join('')}`);
  });

  test('a folder that is there is no fault; what cannot be written is told with the path', async () => {
    await makeFolder(path.join(dir, 'a/b'));
    await makeFolder(path.join(dir, 'a/b'));
    await writeText(path.join(dir, 'a/b/text'), 'ü');
    assert.equal(await readFile(path.join(dir, 'a/b/text'), 'utf8'), 'ü');
    const below = path.join(dir, 'taken/below');
    await assert.rejects(makeFolder(below), refused);
    await assert.rejects(writeText(below, ''), refused);
    await assert.rejects(openTextFile(below, ''), refused);
  });
});
