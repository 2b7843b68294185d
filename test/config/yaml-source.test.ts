import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseYaml, placeOf, scalarAt, toPlain, walkYaml } from '../../src/config/yaml-source.ts';

const faultsOf = (text: string): string[] => {
  const { source, findings } = parseYaml(text);
  return (findings.length > 0 ? findings : toPlain(source).findings).map((finding) => finding.message);
};

const text = `name: a
list:
  - x: 1
    y: two
  - x: 3
shared: &shared { deep: 7 }
other: *shared
`;

describe('parseYaml', () => {
  it('gives plain values, with aliases resolved', () => {
    const { source, findings } = parseYaml(text);
    assert.deepEqual(findings, []);
    const shared = { deep: 7 };
    assert.deepEqual(toPlain(source), {
      value: { name: 'a', list: [{ x: 1, y: 'two' }, { x: 3 }], shared, other: shared },
      findings: [],
    });
  });

  it('reads YAML 1.2: no, on and dates are text', () => {
    assert.deepEqual(toPlain(parseYaml('a: no\nb: on\nc: 2026-01-01\nd: 0o17').source).value, {
      a: 'no',
      b: 'on',
      c: '2026-01-01',
      d: 15,
    });
  });

  it('refuses twice the same key, at each place', () => {
    const { source, findings } = parseYaml('a: 1\nb: 2\na: 3\nb: 4');
    assert.equal(findings.length, 2);
    assert.deepEqual(
      findings.map((finding) => source.lines.linePos(finding.offset).line),
      [3, 4],
    );
  });

  it('tells the first fault only, not its echo', () => {
    assert.equal(faultsOf('a: {b: ${X}, c: ${Y}}\nd: 1').length, 1);
    assert.match(faultsOf('a: {b: ${X}}')[0], /quote it: "\$\{NAME\}"/);
  });

  it('refuses custom tags, several documents, unknown anchors', () => {
    assert.match(faultsOf('a: !js/function "x"')[0], /custom tags/);
    assert.equal(faultsOf('a: 1\n---\nb: 2').length, 1);
    assert.equal(faultsOf('a: *nobody').length, 1);
  });

  it('never quotes what stands in the file', () => {
    for (const broken of [
      'password: {hunter2}}',
      'password: "hunter2',
      'password: *hunter2',
      'password: |hunter2',
      'password: `hunter2',
      '{password: a hunter2: b: c',
    ]) {
      for (const fault of faultsOf(broken)) assert.equal(fault.includes('hunter2'), false, `${broken}: ${fault}`);
    }
  });

  it('survives alias bombs and deep nesting', () => {
    const bomb = [
      'a0: &a0 [x, x]',
      ...Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`),
    ].join('\n');
    assert.match(faultsOf(bomb)[0], /aliases/);
    assert.match(faultsOf('['.repeat(300_000))[0], /nested too deeply/);
    assert.match(faultsOf('[['.repeat(20) + ']]'.repeat(20))[0], /nested too deeply/);
  });

  it('refuses __proto__ anywhere', () => {
    assert.deepEqual(faultsOf('a:\n  - { "__proto__": { admin: true } }'), ['this key is not allowed']);
    for (const text of [
      '__proto__: { admin: true }',
      '? __proto__\n: { admin: true }',
      "a: { '__proto__': { admin: true } }",
      '"\\u005f_proto__": { admin: true }',
      'a: &k __proto__\n*k : { admin: true }',
      '&k __proto__ : { admin: true }\nb: { *k : { admin: true } }',
    ]) {
      assert.notDeepEqual(faultsOf(text), [], text);
    }
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  });
});

describe('keys that other loaders take for something else', () => {
  const plain = (text: string) => toPlain(parseYaml(text).source).value as Record<string, unknown>;

  it('does not merge: << is a key like any other', () => {
    const value = plain('base: &b { admin: true }\nuser: { <<: *b }');
    assert.deepEqual(value.user, { '<<': { admin: true } });
    assert.equal((value.user as { admin?: boolean }).admin, undefined);
  });

  it('makes own properties of constructor and prototype', () => {
    const value = plain('constructor: { prototype: { polluted: 1 } }\nprototype: 2\ntoString: 3');
    assert.deepEqual(Object.keys(value), ['constructor', 'prototype', 'toString']);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
});

describe('placeOf', () => {
  const { source } = parseYaml(text);

  it('finds keys and values', () => {
    assert.deepEqual(placeOf(source, ['list', 0, 'y'], 'value'), { line: 4, column: 8 });
    assert.deepEqual(placeOf(source, ['list', 0, 'y'], 'key'), { line: 4, column: 5 });
    assert.deepEqual(placeOf(source, ['list', 1], 'value'), { line: 5, column: 5 });
  });

  it('follows aliases to where the value stands', () => {
    assert.deepEqual(placeOf(source, ['other', 'deep'], 'value'), { line: 6, column: 25 });
    assert.equal(scalarAt(source, ['other', 'deep'])?.value, 7);
  });

  it('marks the parent of what is missing', () => {
    assert.deepEqual(placeOf(source, ['list', 0, 'z', 'w'], 'value'), { line: 3, column: 5 });
    assert.deepEqual(placeOf(source, ['shared', 'nothing'], 'value'), { line: 6, column: 1 });
    assert.equal(scalarAt(source, ['list', 0, 'z']), null);
  });

  it('has no place in an empty file', () => {
    assert.equal(placeOf(parseYaml('').source, ['a'], 'value'), null);
  });
});

describe('walkYaml', () => {
  it('visits keys and values with their paths, and skips what it is told to', () => {
    const seen: string[] = [];
    walkYaml(parseYaml('a: {b: 1}\nc: [2]').source.document, (_node, path, kind) => {
      seen.push(`${kind}:${path.join('.')}`);
      return path[0] !== 'c';
    });
    assert.deepEqual(seen, ['value:', 'key:a', 'value:a', 'key:a.b', 'value:a.b', 'key:c', 'value:c']);
  });
});
