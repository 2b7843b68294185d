import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { asPlainScalar, type Env, substituteEnv } from '../../src/config/substitute-env.ts';
import { parseYaml, scalarAt, toPlain } from '../../src/config/yaml-source.ts';

const noFile = (file: string): string => {
  throw new Error(`there is no ${file}`);
};

function substitute(text: string, env: Env, readSecret = noFile) {
  const { source } = parseYaml(text);
  const result = substituteEnv(source, env, readSecret);
  return { ...result, source, value: toPlain(source).value };
}

describe('substituteEnv', () => {
  it('replaces names, several in one value, in maps and lists', () => {
    const { value, findings } = substitute('a: ${X}\nb: [ "p-${X}-${Y}" ]', { X: '1', Y: 'z' });
    assert.deepEqual(value, { a: '1', b: ['p-1-z'] });
    assert.deepEqual(findings, []);
  });

  it('takes the default where the variable is unset or empty', () => {
    assert.deepEqual(substitute('a: ${X:-http://localhost:8086}\nb: ${Y:-}', { X: '' }).value, {
      a: 'http://localhost:8086',
      b: '',
    });
    assert.deepEqual(substitute('a: ${X:-no}', { X: 'yes' }).value, { a: 'yes' });
  });

  it('leaves keys, numbers and $${ alone', () => {
    assert.deepEqual(substitute('"${X}": 5\nb: "$${X}"\nc: $X', { X: '1' }).value, { '${X}': 5, b: '${X}', c: '$X' });
  });

  it('names an unset variable and its place', () => {
    const { findings } = substitute('a:\n  - b: ${NOPE}', {});
    assert.equal(findings.length, 1);
    assert.deepEqual(findings[0].path, ['a', 0, 'b']);
    assert.match(findings[0].message, /NOPE is not set/);
  });

  it('refuses other forms', () => {
    for (const form of ['${}', '${1X}', '${X-y}', '${X:?z}', '${ X }']) {
      assert.match(substitute(`a: '${form}'`, { X: 'v' }).findings[0].message, /expected \$\{NAME\}/, form);
    }
  });

  it('takes what a file holds, and names the file where it cannot', () => {
    const files = (file: string) => (file === '/run/secrets/a' ? 's3cret' : noFile(file));
    const { value, findings } = substitute('a: "Bearer ${file:/run/secrets/a}"\nb: ${file:b}', {}, files);
    assert.deepEqual(value, { a: 'Bearer s3cret', b: '${file:b}' });
    assert.deepEqual(
      findings.map(({ path, message }) => [path, message]),
      [[['b'], 'the file of ${file:b} cannot be used: there is no b']],
    );
  });

  it('knows the names of the environment and no others', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      assert.match(substitute(`a: \${${name}}`, {}).findings[0].message, /is not set/, name);
  });

  it('looks at no value twice and never shows one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (secret) => {
        const { value, findings, originals } = substitute('a: "${S} ${MISSING}"\nb: "${S}"', {
          S: secret,
          MISSING: undefined,
        });
        assert.equal((value as { b: string }).b, secret);
        assert.equal(findings.length, 1);
        assert.match(findings[0].message, /MISSING/);
        assert.deepEqual([...originals.values()], ['${S} ${MISSING}', '${S}']);
      }),
    );
  });
});

describe('asPlainScalar', () => {
  const plain = (value: string) => {
    const { source } = substitute('a: ${X}', { X: value });
    const scalar = scalarAt(source, ['a']);
    assert.ok(scalar);
    return asPlainScalar(scalar);
  };

  it('reads numbers and booleans, nothing else', () => {
    assert.equal(plain('8080'), 8080);
    assert.equal(plain(' -1.5e3 '), -1500);
    assert.equal(plain('true'), true);
    assert.equal(plain('false'), false);
    for (const text of ['yes', '1_000', '0x10', 'Infinity', '1 2', '.', '-'])
      assert.equal(plain(text), undefined, text);
  });
});
