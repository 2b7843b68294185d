import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DriftcastError } from '../../src/core/errors.ts';
import { isSecretName, redactFields, redactText } from '../../src/telemetry/redact.ts';

const secret = 'hunter2-Zz9';

describe('redactFields', () => {
  for (const name of [
    'password',
    'PASSWORD',
    'influxPassword',
    'token',
    'access_token',
    'Authorization',
    'proxy-authorization',
    'secret',
    'clientSecret',
    'sasl',
    'api_key',
    'cookie',
  ]) {
    test(`hides what stands under ${name}, at any depth`, () => {
      assert.ok(isSecretName(name));
      const shown = JSON.stringify(
        redactFields({ [name]: secret, a: { b: [{ [name]: { inner: secret } }] }, kept: 1 }),
      );
      assert.ok(!shown.includes(secret));
      assert.match(shown, /"kept":1/);
    });
  }

  test('leaves ordinary names alone', () => {
    const fields = { series: 'pump-1', channels: 3, tags: { kind: 'gauge' }, list: [1, 'a', null], ok: true };
    assert.deepEqual(redactFields(fields), fields);
  });

  test('reduces an error to its words: a client puts its whole request into it', () => {
    const error = Object.assign(new Error(`GET http://ann:${secret}@db:8086/query failed`), {
      code: 'ECONNRESET',
      req: { _header: `Authorization: Basic ${secret}` },
    });
    assert.deepEqual(redactFields({ error }), {
      error: { name: 'Error', message: 'GET http://[hidden]@db:8086/query failed', code: 'ECONNRESET' },
    });
    const own = new DriftcastError('SINK_FAILED', 'writing', { hint: 'wait', cause: error });
    assert.deepEqual(redactFields({ own }), {
      own: { name: 'DriftcastError', message: 'writing', code: 'SINK_FAILED', hint: 'wait' },
    });
  });

  test('is bounded: cycles, depth, width, length, bytes', () => {
    const cycle: Record<string, unknown> = { list: Array.from({ length: 5000 }, (_, index) => index) };
    cycle.self = cycle;
    cycle.text = 'x'.repeat(100_000);
    cycle.bytes = new Uint8Array(9);
    const shown = JSON.stringify(redactFields(cycle));
    assert.ok(shown.length < 30_000, String(shown.length));
    assert.match(shown, /too deep/);
    assert.match(shown, /4900 more/);
    assert.match(shown, /\[9 bytes\]/);
  });

  test('takes whatever JSON cannot say', () => {
    const fields = {
      big: 10n,
      not: Number.NaN,
      date: new Date(0),
      broken: new Date(Number.NaN),
      call: () => 1,
      none: undefined,
    };
    assert.deepEqual(redactFields(fields), {
      big: '10',
      not: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      broken: 'invalid date',
      call: '[function]',
      none: undefined,
    });
  });

  test('property: never throws, always JSON, and no value under a secret name comes through', () => {
    fc.assert(
      fc.property(
        fc.object({ key: fc.constantFrom('a', 'password', 'token', 'b'), withBigInt: true, withDate: true }),
        (fields) => {
          const marked = structuredClone(fields) as Record<string, unknown>;
          mark(marked);
          assert.ok(!JSON.stringify(redactFields(marked)).includes(secret));
        },
      ),
    );
  });
});

/** Puts the secret under every secret name. */
function mark(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  const record = value as Record<string, unknown>;
  for (const [name, inner] of Object.entries(record)) {
    if (isSecretName(name)) record[name] = { deep: secret };
    else mark(inner);
  }
}

describe('redactText', () => {
  const hidden: readonly (readonly [string, string])[] = [
    [`connect http://ann:${secret}@db:8086/x`, 'connect http://[hidden]@db:8086/x'],
    [`connect https://${secret}@db`, 'connect https://[hidden]@db'],
    [`connect redis://ann:a@b${secret}@db`, 'connect redis://[hidden]@db'],
    [`Authorization: Bearer ${secret}`, 'Authorization: [hidden]'],
    [`sent Basic YW5uOnMzY3JldA==`, 'sent Basic [hidden]'],
    [`sent Token ${secret}`, 'sent Token [hidden]'],
    [`password=${secret}&db=x`, 'password=[hidden]&db=x'],
    [`{"token":"${secret}","a":1}`, '{"token":[hidden],"a":1}'],
    [`db_password: '${secret} with spaces'`, 'db_password: [hidden]'],
  ];
  for (const [text, expected] of hidden) test(expected, () => assert.equal(redactText(text), expected));

  for (const text of [
    'reading pipelines/demo/pipeline.yaml: line 4',
    'Unexpected token } in JSON',
    'basic statistics of token mixers',
    'mail to a@b.c',
    'http://db:8086/write?db=x',
  ]) {
    test(`leaves alone: ${text}`, () => assert.equal(redactText(text), text));
  }

  test('masks before it cuts', () => {
    const text = `${'x'.repeat(1990)} http://ann:${secret}@db`;
    assert.ok(!redactText(text).includes('hunter'));
    assert.ok(redactText(text).length <= 2003);
  });
});
