import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathReader } from '../../src/decode/json-path.ts';

test('a path descends through own properties', () => {
  const message = { a: { b: { c: 1 } }, 'x.y': 2, x: { y: 3, 'z.w': 4 }, list: [5], nothing: null };
  const cases: [string, unknown][] = [
    ['', message],
    ['a', message.a],
    ['a.b.c', 1],
    ['a.b.d', undefined],
    ['a.b.c.d', undefined],
    ['x.y', 2],
    ['x.z.w', 4],
    ['list.0', undefined],
    ['list.length', undefined],
    ['nothing', null],
    ['nothing.x', undefined],
    ['toString', undefined],
    ['__proto__', undefined],
    ['a.constructor.name', undefined],
  ];
  for (const [path, expected] of cases) assert.deepEqual(pathReader(path)(message), expected, path);
});

test('anything may be asked', () => {
  for (const root of [null, undefined, 1, 'text', true, [], () => 1]) {
    assert.equal(pathReader('length')(root), undefined);
    assert.equal(pathReader('a.b')(root), undefined);
  }
});
