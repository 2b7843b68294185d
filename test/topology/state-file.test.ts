import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { SeriesState } from '../../src/core/series-state.ts';
import { StateFile } from '../../src/topology/state-file.ts';

const state = (n: number): SeriesState => ({
  window: { endMs: n, lastMs: n, normalizer: null },
  score: null,
  alert: { endMs: n },
  forecast: n % 2 === 0 ? null : { endMs: n },
});

describe('StateFile', () => {
  let folder = '';
  const file = () => path.join(folder, 'deep', 'state.json');
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'driftcast-state-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is empty before the first snapshot', async () => {
    assert.equal((await new StateFile(file(), 'm1').read()).size, 0);
  });

  it('gives back what was written, and makes its folder', async () => {
    const store = new StateFile(file(), 'm1');
    await store.write(new Map([['a', state(1)]]));
    await store.write(
      new Map([
        ['a', state(2)],
        ['b', state(3)],
      ]),
    );
    assert.deepEqual(
      [...(await new StateFile(file(), 'm1').read())],
      [
        ['a', state(2)],
        ['b', state(3)],
      ],
    );
    assert.deepEqual(await readdir(path.dirname(file())), ['state.json'], 'nothing half-written is left');
  });

  it('a snapshot of another model is not read: its numbers mean something else', async () => {
    await new StateFile(file(), 'm1').write(new Map([['a', state(1)]]));
    assert.equal((await new StateFile(file(), 'm2').read()).size, 0);
  });

  it('a write that was cut off in the middle leaves the snapshot before it', async () => {
    await new StateFile(file(), 'm1').write(new Map([['a', state(1)]]));
    await writeFile(path.join(path.dirname(file()), '.state.json.new'), '{"schema_version":2,"mod');
    assert.deepEqual([...(await new StateFile(file(), 'm1').read())], [['a', state(1)]]);
    await new StateFile(file(), 'm1').write(new Map([['a', state(2)]]));
    assert.deepEqual([...(await new StateFile(file(), 'm1').read())], [['a', state(2)]]);
  });

  for (const [what, text] of [
    ['nothing', ''],
    ['half of a line', '{"schema_version":2,"model":"m1","series":1}\n["a",{"win'],
    ['a line too few', '{"schema_version":2,"model":"m1","series":1}\n'],
    ['null', 'null'],
    ['another version', '{"schema_version":1,"model":"m1","series":{}}'],
    ['no count of series', '{"schema_version":2,"model":"m1"}'],
    ['a series that is no pair', '{"schema_version":2,"model":"m1","series":1}\n{"a":null}'],
    ['a series without state', '{"schema_version":2,"model":"m1","series":1}\n["a",null]'],
    ['a state that lacks a part', '{"schema_version":2,"model":"m1","series":1}\n["a",{"window":null,"score":null}]'],
    [
      'a part that is text',
      '{"schema_version":2,"model":"m1","series":1}\n["a",{"window":"x","score":null,"alert":null}]',
    ],
  ] as const) {
    it(`${what} in the file is STATE_INVALID, and says what to do`, async () => {
      await mkdir(path.dirname(file()));
      await writeFile(file(), text);
      await assert.rejects(new StateFile(file(), 'm1').read(), {
        code: 'STATE_INVALID',
        message: /reading the state from .*state\.json/,
        hint: /Move the file away/,
      });
      assert.equal(await readFile(file(), 'utf8'), text, 'the file is kept for whoever wants to look');
    });
  }

  it('a path that cannot be read or written is STATE_INVALID; the write may be tried again', async () => {
    await mkdir(file(), { recursive: true });
    const store = new StateFile(file(), 'm1');
    await assert.rejects(store.read(), { code: 'STATE_INVALID', retryable: false });
    await assert.rejects(store.write(new Map()), { code: 'STATE_INVALID', retryable: true });
    await rm(file(), { recursive: true });
    await store.write(new Map());
    assert.equal((await store.read()).size, 0);
  });

  it('property: any series name survives', async () => {
    const names = fc.uniqueArray(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', '', '1', 'ü😀')),
    );
    await fc.assert(
      fc.asyncProperty(names, async (series) => {
        const states = new Map(series.map((name, i) => [name, state(i)]));
        await new StateFile(file(), 'm1').write(states);
        const read = await new StateFile(file(), 'm1').read();
        assert.deepEqual([...read].sort(), [...states].sort());
      }),
      { numRuns: 50 },
    );
  });
});
