import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SeriesState } from '../../src/core/series-state.ts';
import { StateBook } from '../../src/topology/state-book.ts';
import { MemoryStore } from './sim/fake-parts.ts';

const state = (n: number): SeriesState => ({ window: { n }, score: null, alert: null });
const stored = (...series: readonly string[]): MemoryStore => {
  const store = new MemoryStore();
  for (const [n, one] of series.entries()) store.texts.set(one, JSON.stringify(state(n)));
  return store;
};

async function restored(book: StateBook): Promise<string[]> {
  const names: string[] = [];
  for await (const [series] of book.restore()) names.push(series);
  return names;
}

describe('StateBook', () => {
  it('asks the store for what it has, and knows better what was kept since', async () => {
    const book = new StateBook(stored('a', 'b'), 10);
    assert.deepEqual(await restored(book), ['a', 'b']);
    const kept = state(7);
    book.keep('b', kept);
    assert.deepEqual([book.get('a'), book.get('c')], [state(0), null]);
    assert.equal(book.get('b'), kept);
    await book.save();
    assert.deepEqual(book.get('b'), kept);
    assert.notEqual(book.get('b'), kept, 'from the store: it is no longer held');
  });

  it('what is kept while it writes is for the next time', async () => {
    const store = stored();
    const book = new StateBook(store, 10);
    book.keep('a', state(1));
    store.before = async () => void book.keep('a', state(2));
    await book.save();
    assert.deepEqual([store.stateOf('a'), book.get('a')], [state(1), state(2)]);
    store.before = async () => {};
    await book.save();
    assert.deepEqual(store.stateOf('a'), state(2));
  });

  it('what could not be written is written the next time, as it is then', async () => {
    const store = stored();
    const book = new StateBook(store, 10);
    book.keep('a', state(1));
    book.keep('b', state(1));
    store.before = () => Promise.reject(new Error('full'));
    await assert.rejects(book.save(), /full/);
    assert.deepEqual(book.get('a'), state(1));
    book.keep('a', state(2));
    store.before = async () => {};
    await book.save();
    assert.deepEqual([store.stateOf('a'), store.stateOf('b')], [state(2), state(1)]);
  });

  it('the series kept least recently makes room, in the store too', async () => {
    const store = stored('a', 'b');
    const book = new StateBook(store, 2);
    await restored(book);
    assert.equal(book.keep('a', state(3)), null);
    assert.equal(book.keep('c', state(3)), 'b');
    assert.deepEqual([book.size, book.get('b')], [2, null]);
    await book.save();
    assert.deepEqual([...store.texts.keys()].sort(), ['a', 'c']);
  });

  it('writes in the order in which they were kept last, so that after a restart the same one makes room', async () => {
    const store = stored();
    const book = new StateBook(store, 10);
    for (const series of ['a', 'b', 'c', 'a']) book.keep(series, state(1));
    store.before = () => Promise.reject(new Error('full'));
    await assert.rejects(book.save(), /full/);
    store.before = async () => void book.keep('c', state(2));
    await book.save();
    assert.deepEqual([...store.texts.keys()], ['b', 'c', 'a']);
    store.before = async () => {};
    await book.save();
    assert.deepEqual(await restored(new StateBook(store, 10)), ['b', 'a', 'c']);
  });

  it('writes nothing where nothing has changed', async () => {
    const store = stored('a');
    const book = new StateBook(store, 2);
    await restored(book);
    store.before = () => Promise.reject(new Error('written'));
    await book.save();
    book.forget('unknown');
    await book.save();
    book.forget('a');
    await assert.rejects(book.save(), /written/);
  });

  it('without a store it holds all of them itself', async () => {
    const book = new StateBook(null, 2);
    assert.deepEqual(await restored(book), []);
    book.keep('a', state(1));
    await book.save();
    assert.deepEqual(book.get('a'), state(1));
  });
});
