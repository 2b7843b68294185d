import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type JsonSchema, pipelineJsonSchema } from '../../src/config/json-schema.ts';
import { fakeRegistry } from './fake-registry.ts';

const schema = pipelineJsonSchema(fakeRegistry);
const at = (...path: string[]): JsonSchema => {
  const found = path.reduce<JsonSchema | undefined>((inside, key) => inside?.properties?.[key], schema);
  assert.ok(found, path.join('.'));
  return found;
};

/** Every object of the schema, wherever it is nested. */
function* objectsIn(value: unknown): Generator<JsonSchema> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value) && (value as JsonSchema).properties !== undefined) yield value as JsonSchema;
  for (const part of Object.values(value)) yield* objectsIn(part);
}

describe('pipelineJsonSchema', () => {
  it('is draft 7 with an id that names no host', () => {
    const head = schema as { $schema?: string; $id?: string };
    assert.equal(head.$schema, 'http://json-schema.org/draft-07/schema#');
    assert.equal(head.$id, 'urn:driftcast:pipeline:1');
  });

  it('describes the file as it is written: durations as text, defaults left out', () => {
    assert.deepEqual(schema.required, ['name', 'channels', 'window', 'source', 'decode', 'sinks', 'dead_letter']);
    assert.deepEqual(at('window').required, ['step_ms']);
    assert.equal(at('window', 'idle_ms').default, '30s');
    assert.equal(at('window', 'lateness_ms').default, '0s');
    assert.deepEqual(
      at('window', 'idle_ms').anyOf?.map(({ type }) => type),
      ['number', 'string'],
    );
  });

  it('allows no unknown key anywhere', () => {
    const objects = [...objectsIn(schema)];
    assert.ok(objects.length > 20);
    for (const object of objects)
      assert.equal(object.additionalProperties, false, JSON.stringify(Object.keys(object.properties ?? {})));
  });

  it('gives every component a variant with its type first and its examples', () => {
    const types = at('source').oneOf?.map((variant) => variant.properties?.type?.const);
    assert.deepEqual(types, ['kafka', 'replay']);
    const replay = at('source').oneOf?.[1];
    assert.equal(Object.keys(replay?.properties ?? {})[0], 'type');
    assert.deepEqual(replay?.examples, [{ type: 'replay', path: 'data.csv' }]);
    assert.equal(at('sinks').items?.oneOf?.length, 2);
  });

  it('has no bound or default that means none, and a description for every key of the base', () => {
    const text = JSON.stringify(schema);
    assert.equal(/e\+308|9007199254740991/.test(text), false);
    for (const key of ['window', 'model', 'train', 'infer', 'score', 'alert', 'limits', 'state', 'dashboard']) {
      for (const [name, property] of Object.entries(at(key).properties ?? {}))
        assert.ok(property.description, `${key}.${name}`);
    }
  });
});
