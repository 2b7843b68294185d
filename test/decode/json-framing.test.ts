import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Clock } from '../../src/core/clock.ts';
import { jsonDecoder } from '../../src/decode/json.ts';
import { compileJsonSchema } from '../../src/decode/json-schema.ts';
import { FakeRegistry, framed } from './fake-registry.ts';
import { context, lines, nowMs, reasons, record } from './made-up.ts';

/** Deadlines never pass. */
const clock: Clock = {
  ...context().clock,
  sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
};
const build = (options: object) => jsonDecoder.build(jsonDecoder.options.parse(options), { ...context(), clock });
const message = (value: unknown, id = 1) => record(framed(id, JSON.stringify(value)));

test('framing without a registry: the header is taken off and checked', () => {
  const decoder = build({ framing: 'confluent' });
  assert.equal(decoder.ready, undefined);
  assert.deepEqual(lines(decoder.decode(message({ time: nowMs, a: 1 }))), [`default@${nowMs} 0=1`]);
  const bare = decoder.decode(record(JSON.stringify({ time: nowMs, a: 1 })));
  assert.deepEqual(
    bare.rejected.map(({ reason, detail }) => `${reason}: ${detail}`),
    ['header_invalid: expected a zero byte and the id of a schema in four bytes, got 7b2274696d (hex)'],
  );
  assert.deepEqual(reasons(build({}).decode(message({ time: nowMs, a: 1 }))), ['parse_error']);
});

test('a registry without framing is a fault of the config', () => {
  const parsed = jsonDecoder.options.safeParse({ registry: { url: 'http://localhost:8081' } });
  assert.deepEqual(
    parsed.error?.issues.map(({ path }) => path.join('.')),
    ['framing'],
  );
});

describe('with a registry', () => {
  let registry: FakeRegistry;
  before(async () => {
    registry = await FakeRegistry.start();
  });
  after(() => registry.close());

  test('a message that violates its schema is a dead letter that names the place', async () => {
    registry.schemas.set(1, {
      schemaType: 'JSON',
      schema: JSON.stringify({
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        'connect.type': 'struct',
        required: ['time'],
        properties: {
          time: { type: 'integer' },
          values: { type: 'object', properties: { a: { $ref: 'unit.json' } }, additionalProperties: false },
        },
      }),
      references: [{ name: 'unit.json', subject: 'unit', version: 2 }],
    });
    registry.subjects.set('/subjects/unit/versions/2', {
      schemaType: 'JSON',
      schema: '{"type":"number","maximum":10}',
    });
    const decoder = build({
      framing: 'confluent',
      registry: { url: registry.url },
      values: { path: 'values' },
    });
    const decode = async (value: unknown, id = 1) => {
      await decoder.ready?.(message(value, id));
      return decoder.decode(message(value, id));
    };
    assert.deepEqual(lines(await decode({ time: nowMs, values: { a: 3 } })), [`default@${nowMs} 0=3`]);
    const told = async (value: unknown, id?: number) =>
      (await decode(value, id)).rejected.map(({ reason, detail }) => `${reason}: ${detail}`);
    assert.deepEqual(await told({ time: nowMs, values: { a: 11 } }), [
      'schema_violated: at /values/a: must be <= 10 (schema 1)',
    ]);
    assert.deepEqual(await told({ time: nowMs, values: { b: 1 } }), [
      'schema_violated: at /values: must NOT have additional properties ("b") (schema 1)',
    ]);
    assert.deepEqual(await told([]), ['schema_violated: at the top: must be object (schema 1)']);
    assert.deepEqual(await told({}, 7), ['schema_unknown: the registry has no schema 7']);
    await decoder.close?.();
  });
});

test('drafts are known by name; what cannot be used says so', () => {
  const compile = (text: string, type = 'JSON') => compileJsonSchema({ type, text, references: [] });
  for (const draft of [
    'http://json-schema.org/draft-06/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ]) {
    const validate = compile(
      JSON.stringify({ $schema: draft, properties: { t: { type: 'string', format: 'date-time' } } }),
    );
    assert.equal(validate({ t: '2026-03-01T00:00:00Z' }), null, draft);
    assert.match(validate({ t: 'then' }) ?? '', /^at \/t: must match format/, draft);
  }
  assert.equal(compile('true')(1), null);
  assert.equal(compile('false')(1), 'at the top: boolean schema is false');
  assert.throws(() => compile('{"$schema":"http://json-schema.org/draft-04/schema#"}'), /draft-04.*are known/);
  assert.throws(() => compile('{"$ref":"elsewhere.json"}'), /elsewhere.json/);
  assert.throws(() => compile('[]'), /expected a schema, got an array/);
  assert.throws(() => compile('{}', 'AVRO'), /of type AVRO, expected JSON/);
});
