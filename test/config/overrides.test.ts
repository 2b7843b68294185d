import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyOverride, parseOverrides } from '../../src/config/overrides.ts';
import { DriftcastError } from '../../src/core/errors.ts';

const set = (root: unknown, ...texts: string[]) => {
  for (const override of parseOverrides(texts)) applyOverride(root, override);
  return root;
};
const usage = (pattern: RegExp) => (error: unknown) =>
  error instanceof DriftcastError && error.code === 'USAGE' && pattern.test(error.message);

describe('parseOverrides', () => {
  it('reads path and value', () => {
    assert.deepEqual(parseOverrides(['a.b.0.c=5', 'x=', 'u=http://h:1/?a=b', 'q="5"', 'l=[0.1, 0.9]', 'f=true']), [
      { path: ['a', 'b', 0, 'c'], value: 5 },
      { path: ['x'], value: null },
      { path: ['u'], value: 'http://h:1/?a=b' },
      { path: ['q'], value: '5' },
      { path: ['l'], value: [0.1, 0.9] },
      { path: ['f'], value: true },
    ]);
  });

  it('refuses what is no override, without showing values', () => {
    for (const text of [
      'hunter2',
      '=hunter2',
      'a..b=hunter2',
      '__proto__.x=hunter2',
      'a=[hunter2',
      'a=!t hunter2',
      `a=hunter2${'x'.repeat(20_000)}`,
    ]) {
      assert.throws(
        () => parseOverrides([text]),
        (error) => usage(/--set/)(error) && !(error as Error).message.includes('hunter2'),
        text.slice(0, 30),
      );
    }
  });
});

describe('secrets', () => {
  it('have no place on a command line', () => {
    for (const text of [
      'sinks.0.password=hunter2',
      'source.sasl.password=hunter2',
      'dashboard.token=hunter2',
      'source={type: kafka, sasl: {password: hunter2}}',
      'sinks.0.headers={Authorization: Bearer hunter2}',
    ]) {
      assert.throws(
        () => parseOverrides([text]),
        (error) => usage(/every user of this machine/)(error) && !(error as Error).message.includes('hunter2'),
      );
    }
    assert.deepEqual(parseOverrides(['dashboard.token=', 'dashboard.token=""']).length, 2);
    assert.equal(parseOverrides(['source.sasl.token_file=token']).length, 1);
  });
});

describe('applyOverride', () => {
  it('replaces, adds and makes what is missing on the way', () => {
    assert.deepEqual(set({ a: { b: 1 } }, 'a.b=2', 'a.c.d=x', 'list.0.name=n', 'list.1.name=m'), {
      a: { b: 2, c: { d: 'x' } },
      list: [{ name: 'n' }, { name: 'm' }],
    });
    assert.deepEqual(set({ a: null }, 'a.b=1'), { a: { b: 1 } });
  });

  it('refuses holes in lists and paths through values', () => {
    assert.throws(() => set({ list: [1] }, 'list.2=5'), usage(/list is a list of 1/));
    assert.throws(() => set({ list: [1] }, 'list.x=5'), usage(/expected an index/));
    assert.throws(() => set({ list: [1] }, 'list.0.a=5'), usage(/list\.0 is not a mapping/));
    assert.throws(() => set('text', 'a=1'), usage(/the file is not a mapping/));
  });

  it('never reaches the prototype', () => {
    set({}, 'constructor.prototype.polluted=1');
    for (const value of ['{__proto__: {polluted: 1}}', '{"__proto__": {polluted: 1}}', '{? __proto__ : {polluted: 1}}'])
      assert.throws(() => set({}, `a=${value}`), usage(/not valid YAML/));
    for (const path of ['a.__proto__.polluted=1', '__proto__=1', 'a.0.__proto__=1'])
      assert.throws(() => set({ a: [{}] }, path), usage(/not a path/), path);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  it('puts any value where its path says', () => {
    const key = fc.stringMatching(/^[a-z]{1,6}$/);
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.integer(), (path, value) => {
        const root = set({}, `${path.join('.')}=${value}`);
        assert.equal(
          path.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], root),
          value,
        );
      }),
    );
  });
});
