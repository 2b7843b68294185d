import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { SeriesState } from '../../src/core/series-state.ts';
import { StateFile } from '../../src/topology/state-file.ts';

const state = (n: number, text = ''): SeriesState => ({
  window: { endMs: n, lastMs: n, normalizer: null },
  score: null,
  alert: { endMs: n, text },
  forecast: n % 2 === 0 ? null : { endMs: n },
});

type Changed = ReadonlyMap<string, SeriesState | null>;

describe('StateFile', () => {
  let folder = '';
  let opened: StateFile[] = [];
  const file = () => path.join(folder, 'deep', 'state.json');
  const store = (model = 'm1') => {
    const one = new StateFile(file(), model);
    opened.push(one);
    return one;
  };
  const read = async (from = store()) => {
    const states: (readonly [string, SeriesState])[] = [];
    for await (const one of from.read()) states.push(one);
    return states;
  };
  const sizeBytes = async () => (await stat(file())).size;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'driftcast-state-'));
    opened = [];
  });
  afterEach(async () => {
    for (const one of opened) await one.close();
    await rm(folder, { recursive: true });
  });

  it('is empty before the first snapshot', async () => {
    const fresh = store();
    assert.deepEqual(await read(fresh), []);
    assert.equal(fresh.stateOf('a'), null);
  });

  it('gives back what was written last of each series, and makes its folder', async () => {
    const first = store();
    await first.write(new Map([['a', state(1)]]));
    await first.write(
      new Map([
        ['b', state(3)],
        ['a', state(2)],
      ]),
    );
    assert.deepEqual([first.stateOf('a'), first.stateOf('b'), first.stateOf('c')], [state(2), state(3), null]);
    assert.deepEqual(await read(), [
      ['b', state(3)],
      ['a', state(2)],
    ]);
    assert.deepEqual(await readdir(path.dirname(file())), ['state.json'], 'nothing half-written is left');
  });

  it('adds what has changed and leaves the rest as it stands', async () => {
    const first = store();
    await first.write(new Map(Array.from({ length: 100 }, (_, i) => [`s${i}`, state(i)] as const)));
    const before = await readFile(file());
    await first.write(new Map([['s7', state(1000)]]));
    const after = await readFile(file());
    assert.deepEqual(after.subarray(0, before.length), before);
    assert.ok(after.length - before.length < before.length / 20);
  });

  it('a series that is forgotten is gone, and may come again', async () => {
    const first = store();
    await first.write(new Map([['a', state(1)]]));
    await first.write(new Map([['a', null]]));
    assert.equal(first.stateOf('a'), null);
    assert.deepEqual(await read(), []);
    await first.write(new Map([['a', state(2)]]));
    assert.deepEqual(await read(), [['a', state(2)]]);
  });

  it('goes on adding where the process before it ended', async () => {
    const before = store();
    await before.write(new Map([['a', state(1)]]));
    await before.close();
    const size = await sizeBytes();
    const next = store();
    await read(next);
    await next.write(new Map([['b', state(2)]]));
    assert.ok((await sizeBytes()) > size);
    assert.deepEqual(
      (await read()).map(([series]) => series),
      ['a', 'b'],
    );
  });

  it('is written anew when most of it no longer counts', async () => {
    const first = store();
    const long = 'x'.repeat(1_000_000);
    await first.write(new Map([['still', state(0)]]));
    let most = 0;
    for (let n = 1; n <= 20; n++) {
      await first.write(new Map([['a', state(n, long)]]));
      most = Math.max(most, await sizeBytes());
    }
    assert.ok(most < 9_000_000, `${most} bytes`);
    assert.deepEqual(first.stateOf('a'), state(20, long));
    assert.deepEqual(await read(), [
      ['still', state(0)],
      ['a', state(20, long)],
    ]);
  });

  it('goes on growing where there is no room to write it anew, and is written anew when there is', async () => {
    const first = store();
    const long = 'x'.repeat(1_000_000);
    await first.write(new Map([['still', state(0)]]));
    const inTheWay = path.join(path.dirname(file()), '.state.json.new');
    await mkdir(inTheWay);
    for (let n = 1; n <= 12; n++) await first.write(new Map([['a', state(n, long)]]));
    assert.ok((await sizeBytes()) > 12_000_000);
    assert.deepEqual([first.stateOf('a'), first.stateOf('still')], [state(12, long), state(0)]);
    await rm(inTheWay, { recursive: true });
    for (let n = 13; n <= 17; n++) await first.write(new Map([['a', state(n, long)]]));
    assert.ok((await sizeBytes()) < 6_000_000);
    assert.deepEqual(await read(), [
      ['still', state(0)],
      ['a', state(17, long)],
    ]);
  });

  it('a snapshot of another model is not read: its numbers mean something else; the next one replaces it', async () => {
    await store().write(new Map([['a', state(1)]]));
    const other = store('m2');
    assert.deepEqual(await read(other), []);
    await other.write(new Map([['b', state(2)]]));
    assert.deepEqual(await read(store('m2')), [['b', state(2)]]);
  });

  it('a replacement that was cut off in the middle leaves the file before it', async () => {
    await store().write(new Map([['a', state(1)]]));
    await writeFile(path.join(path.dirname(file()), '.state.json.new'), '{"schema_version":3,"mod');
    const next = store();
    assert.deepEqual(await read(next), [['a', state(1)]]);
  });

  it('a snapshot that was cut off does not count, wherever, and is overwritten', async () => {
    const first = store();
    await first.write(new Map([['a', state(1)]]));
    const whole = await sizeBytes();
    await first.write(new Map([['a', state(2)]]));
    const end = await sizeBytes();
    for (let at = whole; at < end; at++) {
      await truncate(file(), at);
      assert.deepEqual(await read(), [['a', state(1)]], `cut at ${at}`);
      if (at % 16 > 0) continue;
      const next = store();
      await read(next);
      await next.write(new Map([['b', state(3)]]));
      assert.deepEqual((await read()).map(([series]) => series).sort(), ['a', 'b']);
      // as it was
      await rm(file());
      const again = store();
      await again.write(new Map([['a', state(1)]]));
      await again.write(new Map([['a', state(2)]]));
    }
  });

  it('blocks of the last snapshot that never reached the disk', async () => {
    const first = store();
    await first.write(new Map([['a', state(1)]]));
    const whole = await sizeBytes();
    await first.write(new Map([['a', state(2)]]));
    const handle = await open(file(), 'r+');
    await handle.write(Buffer.alloc(12), 0, 12, whole + 2);
    await handle.close();
    assert.deepEqual(await read(), [['a', state(1)]]);
  });

  it('damage behind which another snapshot was written is STATE_INVALID, wherever it is', async () => {
    const first = store();
    for (const n of [1, 2, 3]) await first.write(new Map([['a', state(n)]]));
    const text = await readFile(file());
    const third = text.lastIndexOf('["a"');
    for (let at = 0; at < third; at++) {
      const damaged = Buffer.from(text);
      damaged[at] = (damaged[at] as number) ^ 1;
      await writeFile(file(), damaged);
      await assert.rejects(read(), { code: 'STATE_INVALID' }, `${at}: ${damaged.toString('latin1', at, at + 9)}`);
    }
  });

  it('a file that was taken away, cut or added to by somebody else is written anew, with all that counts', async () => {
    const first = store();
    await first.write(
      new Map([
        ['a', state(1)],
        ['b', state(2)],
      ]),
    );
    const meddle = [
      () => rm(file()),
      () => appendFile(file(), 'x'),
      async () => {
        await rm(file());
        await writeFile(file(), 'another');
      },
    ];
    for (const [n, meddling] of meddle.entries()) {
      await meddling();
      await first.write(new Map([['c', state(n)]]));
      assert.deepEqual(await read(), [
        ['a', state(1)],
        ['b', state(2)],
        ['c', state(n)],
      ]);
    }
  });

  it('the rest of a save that is under way when it is closed is refused: it must not replace all that was there', async () => {
    const first = store();
    await first.write(
      new Map([
        ['a', state(1)],
        ['b', state(2)],
      ]),
    );
    const part = first.write(new Map([['a', state(3)]]));
    const closing = first.close();
    const refused = { code: 'STATE_INVALID', retryable: false, message: /it is closed/ };
    await assert.rejects(first.write(new Map([['c', state(4)]])), refused);
    await part;
    await closing;
    await assert.rejects(first.write(new Map([['c', state(4)]])), refused);
    assert.deepEqual(await read(), [
      ['b', state(2)],
      ['a', state(3)],
    ]);
  });

  const header = '{"schema_version":3,"model":"m1"}\n';
  for (const [what, text] of [
    ['nothing', ''],
    ['half of a line', `${header}["a",{"win`],
    ['no mark', `${header}["a",null]\n`],
    ['no state and no mark', header],
    ['null', 'null\n'],
    ['another version', '{"schema_version":1,"model":"m1","series":{}}\n'],
    ['no model', '{"schema_version":3}\n{"snapshot":1,"crc32":0}\n'],
    ['a mark that does not fit', `${header}["a",null]\n{"snapshot":1,"crc32":1}\n`],
  ] as const) {
    it(`${what} in the file is STATE_INVALID, and says what to do`, async () => {
      await mkdir(path.dirname(file()));
      await writeFile(file(), text);
      await assert.rejects(read(), {
        code: 'STATE_INVALID',
        message: /reading the state from .*state\.json/,
        hint: /Move the file away/,
      });
      assert.equal(await readFile(file(), 'utf8'), text, 'the file is kept for whoever wants to look');
    });
  }

  it('a state that lacks a part is STATE_INVALID', async () => {
    await store().write(new Map([['a', { window: null, score: 'x' } as unknown as SeriesState]]));
    await assert.rejects(read(), { code: 'STATE_INVALID', message: /the state of "a" is damaged/ });
  });

  it('a path that cannot be read or written is STATE_INVALID; the write may be tried again', async () => {
    await mkdir(file(), { recursive: true });
    const first = store();
    await assert.rejects(read(first), { code: 'STATE_INVALID', retryable: false });
    await assert.rejects(first.write(new Map()), { code: 'STATE_INVALID', retryable: true });
    await rm(file(), { recursive: true });
    await first.write(new Map());
    assert.deepEqual(await read(first), []);
  });

  it('property: any series name survives', async () => {
    const names = fc.uniqueArray(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('__proto__', 'constructor', '', '1', 'ü😀', '"', '\\', '\\"', '",null]', '\n{"snapshot":1}'),
      ),
    );
    await fc.assert(
      fc.asyncProperty(names, async (series) => {
        const states = new Map(series.map((name, i) => [name, state(i)]));
        await store().write(states);
        assert.deepEqual((await read()).sort(), [...states].sort());
      }),
      { numRuns: 50 },
    );
  });

  it('property: what is read is what was written last, over restarts and cuts', async () => {
    const change = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.nat(1000))), { maxLength: 6 });
    const step = fc.record({
      change,
      restart: fc.boolean(),
      cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await rm(file(), { force: true });
        const expected = new Map<string, SeriesState>();
        let current = store();
        await current.write(new Map());
        for (const { change: pairs, restart, cut } of steps) {
          const changed: Changed = new Map(pairs.map(([series, n]) => [series, n === null ? null : state(n)]));
          const before = await stat(file());
          await current.write(changed);
          const after = await stat(file());
          // one that replaces the file is there or not
          if (cut !== null && after.ino === before.ino) {
            // the power fails in the middle of it
            await current.close();
            await truncate(file(), before.size + Math.floor(cut * (after.size - before.size - 1)));
            current = store();
            assert.deepEqual(new Map(await read(current)), expected);
            continue;
          }
          for (const [series, one] of changed) {
            if (one === null) expected.delete(series);
            else expected.set(series, one);
          }
          for (const series of 'abcd') assert.deepEqual(current.stateOf(series), expected.get(series) ?? null);
          if (!restart) continue;
          await current.close();
          current = store();
          assert.deepEqual(new Map(await read(current)), expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});
