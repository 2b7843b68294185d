import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { holdsSecret, isSecretKey, isSecretPath, namesItsSource, redact, showValue } from '../../src/config/secrets.ts';

describe('secrets', () => {
  it('knows the keys under which secrets stand', () => {
    for (const key of [
      'password',
      'influx_token',
      'sasl',
      'apiKey',
      'api_key',
      'client_secret',
      'pwd',
      'passphrase',
      'Authorization',
    ]) {
      assert.equal(isSecretKey(key), true, key);
    }
    for (const key of ['path', 'url', 'brokers', 'key', 'step_ms', 'series_column'])
      assert.equal(isSecretKey(key), false, key);
    assert.equal(isSecretPath(['sinks', 0, 'sasl', 'username']), true);
    assert.equal(isSecretPath(['sinks', 0, 'url']), false);
  });

  it('tells secrets from what stands beside them', () => {
    for (const path of [
      ['source', 'sasl', 'password'],
      ['sinks', 0, 'token'],
      ['sinks', 0, 'headers', 'Authorization'],
      ['sinks', 1, 'headers', 'X-Api-Key'],
      ['dead_letter', 'sasl', 'password'],
      ['dashboard', 'token'],
    ])
      assert.equal(holdsSecret(path), true, path.join('.'));
    for (const path of [
      ['source', 'sasl', 'username'],
      ['source', 'sasl', 'token_file'],
      ['source', 'tls', 'key_file'],
      ['decode', 'rename', 'token'],
      ['sinks', 0, 'url'],
      ['name'],
    ])
      assert.equal(holdsSecret(path), false, path.join('.'));
  });

  it('knows a value that names its source, and takes a default for what it is: written down', () => {
    for (const text of ['', '${A}', 'Bearer ${A}', 'ann:${A}', '${A:-}', '${file:/run/secrets/a}', '${A}${B}'])
      assert.equal(namesItsSource(text), true, text);
    for (const text of [
      'hunter2',
      '$${A}',
      '$A',
      '${A:-hunter2}',
      'x${',
      'hunter2${A:-}',
      '${A}hunter2',
      'Bearer hunter2 ${A}',
    ])
      assert.equal(namesItsSource(text), false, text);
  });

  it('takes credentials out of URLs and pairs', () => {
    assert.equal(redact('http://me:hunter2@host:8086/x'), 'http://***@host:8086/x');
    assert.equal(redact('http://me:hun@ter2@host/x'), 'http://***@host/x');
    assert.equal(redact('http://host:8086/x?db=a&token=abc&y=1'), 'http://host:8086/x?db=a&token=***&y=1');
    assert.equal(redact('org.apache.X required password="a b";'), 'org.apache.X required password=*** b";');
    assert.equal(redact('localhost:9092'), 'localhost:9092');
  });

  it('shows values short, by kind', () => {
    assert.equal(showValue('abc', ['a']), '"abc"');
    assert.equal(showValue(3, ['a']), '3');
    assert.equal(showValue(null, ['a']), 'null');
    assert.equal(showValue(undefined, ['a']), 'nothing');
    assert.equal(showValue([], ['a']), 'an empty list');
    assert.equal(showValue([1, 2], ['a']), 'a list of 2');
    assert.equal(showValue({}, ['a']), 'a mapping');
    assert.ok(showValue('y'.repeat(10_000), ['a']).length < 80);
  });

  it('never shows a value under a secret key', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9a-f]{8,20}$/),
        fc.constantFrom('password', 'token', 'sasl'),
        (secret, key) => {
          assert.equal(showValue(secret, ['sinks', 0, key]).includes(secret), false);
          assert.equal(showValue(secret, [key, 'mechanism']).includes(secret), false);
        },
      ),
    );
  });
});
