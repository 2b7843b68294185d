import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { durationMs } from '../../src/config/duration-ms.ts';
import { pipelineSchema } from '../../src/config/pipeline-schema.ts';
import { schemaAt, typeOf, unwrap, valueAt } from '../../src/config/schema-walk.ts';
import { fakeRegistry } from './fake-registry.ts';

const schema = pipelineSchema(fakeRegistry);
const keysAt = (path: (string | number)[], data: unknown) => {
  const found = schemaAt(schema, path, data);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : null;
};

describe('unwrap', () => {
  it('looks through defaults, optionals and transforms', () => {
    assert.ok(unwrap(z.string().optional()) instanceof z.ZodString);
    assert.ok(unwrap(z.strictObject({}).prefault({})) instanceof z.ZodObject);
    assert.ok(unwrap(durationMs.default(5)) instanceof z.ZodUnion);
    assert.ok(unwrap(z.number().nullable().readonly()) instanceof z.ZodNumber);
  });
});

describe('schemaAt', () => {
  it('goes through objects and lists', () => {
    assert.deepEqual(keysAt(['model', 'sampler'], {}), ['method', 'steps', 'samples']);
    assert.ok(keysAt(['channels', 3], {})?.includes('aggregate'));
    assert.equal(schemaAt(schema, ['model', 'nothing', 'more'], {}), null);
    assert.equal(schemaAt(schema, ['name', 'x'], {}), null);
  });

  it('takes the variant that the data names', () => {
    const data = { source: { type: 'replay' }, sinks: [{ type: 'influxdb' }, { type: 'line-protocol' }] };
    assert.ok(keysAt(['source'], data)?.includes('speed'));
    assert.ok(keysAt(['sinks', 0], data)?.includes('token'));
    assert.deepEqual(keysAt(['sinks', 1], data), ['path', 'type']);
  });
});

describe('valueAt and typeOf', () => {
  it('reads own values only', () => {
    assert.equal(valueAt({ a: [{ b: 5 }] }, ['a', 0, 'b']), 5);
    assert.equal(valueAt({ a: 1 }, ['a', 'b']), undefined);
    assert.equal(valueAt({}, ['toString']), undefined);
  });

  it('knows the type of a variant', () => {
    assert.equal(typeOf(z.strictObject({ type: z.literal('kafka') })), 'kafka');
    assert.equal(typeOf(z.string()), null);
  });
});
