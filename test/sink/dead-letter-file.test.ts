import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import { deadLetterFile, deadLetterJson } from '../../src/sink/dead-letter-file.ts';
import { contextWith } from './fixtures.ts';

const folder = await mkdtemp(join(tmpdir(), 'driftcast-dead-letters-'));
after(() => rm(folder, { recursive: true }));

const letterWith = (changes: Partial<DeadLetter> = {}): DeadLetter => ({
  reason: 'parse_error',
  detail: 'expected a value',
  position: { topic: 't', partition: 2, generation: 1, offset: 40 },
  key: 'pump-1',
  raw: Buffer.from('{"a":ü'),
  timeMs: 1000,
  ...changes,
});

const build = (options: Record<string, unknown>) =>
  deadLetterFile.build(
    deadLetterFile.options.parse(options),
    contextWith({ resolvePath: (path) => join(folder, path) }),
  );

const linesIn = async (name: string) =>
  (await readFile(join(folder, name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { offset: number });

describe('deadLetterJson', () => {
  test('shows valid UTF-8 as text beside base64', () => {
    assert.deepEqual(deadLetterJson(letterWith()), {
      time: '1970-01-01T00:00:01.000Z',
      reason: 'parse_error',
      detail: 'expected a value',
      topic: 't',
      partition: 2,
      offset: 40,
      key: 'pump-1',
      raw: Buffer.from('{"a":ü').toString('base64'),
      text: '{"a":ü',
    });
  });

  test('other bytes come in base64 alone; no position and no message are null', () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0x80);
    const json = deadLetterJson(letterWith({ raw: bytes, position: null, key: null }));
    assert.deepEqual([json.raw, 'text' in json, json.topic, json.offset, json.key], ['/wCA', false, null, null, null]);
    assert.equal(deadLetterJson(letterWith({ raw: null })).raw, null);
  });
});

describe('deadLetterFile', () => {
  test('its examples validate', () => {
    for (const example of deadLetterFile.examples) deadLetterFile.options.parse(example);
  });

  test('appends a line a letter, across runs', async () => {
    for (const offset of [1, 2]) {
      const sink = build({ path: 'a.jsonl' });
      await sink.write([letterWith({ position: { topic: 't', partition: 0, generation: 1, offset } })]);
      await sink.write([]);
      await sink.close();
    }
    assert.deepEqual(
      (await linesIn('a.jsonl')).map(({ offset }) => offset),
      [1, 2],
    );
  });

  test('a file that is full becomes .1: the newest letters are all there, the size is bounded', async () => {
    const sink = build({ path: 'b.jsonl', max_bytes: 4096 });
    const position = (offset: number) => ({ topic: 't', partition: 0, generation: 1, offset });
    const letters = Array.from({ length: 100 }, (_, offset) => letterWith({ position: position(offset), raw: null }));
    await sink.write(letters.slice(0, 90));
    await sink.write(letters.slice(90));
    await sink.close();
    const [old, now] = [await linesIn('b.jsonl.1'), await linesIn('b.jsonl')];
    const kept = [...old, ...now].map(({ offset }) => offset);
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, index) => 100 - kept.length + index),
    );
    for (const name of ['b.jsonl', 'b.jsonl.1']) assert.ok((await stat(join(folder, name))).size <= 4096);
    assert.ok(kept.length > 20);
  });

  test('a single letter over the limit is written all the same', async () => {
    const sink = build({ path: 'c.jsonl', max_bytes: 4096 });
    await sink.write([letterWith({ raw: Buffer.alloc(9000) }), letterWith()]);
    await sink.close();
    assert.equal((await linesIn('c.jsonl')).length, 1);
    assert.equal((await linesIn('c.jsonl.1')).length, 1);
  });

  test('a full device is DEAD_LETTER_FAILED', async () => {
    const sink = deadLetterFile.build(deadLetterFile.options.parse({ path: '/dev/full' }), contextWith());
    await assert.rejects(sink.write([letterWith()]), { code: 'DEAD_LETTER_FAILED', retryable: true });
    // The device cannot be synced either; the handle is closed all the same.
    await sink.close().catch(() => undefined);
  });
});
