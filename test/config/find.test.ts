import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { findingsOf } from '../../src/config/find.ts';

const schema = z.strictObject({
  series: z
    .union([
      z.strictObject({ path: z.string() }),
      z.strictObject({ key: z.literal(true) }),
      z.strictObject({ constant: z.string() }),
    ])
    .default({ constant: 'a' }),
  tls: z.union([z.boolean(), z.strictObject({ ca_file: z.string() })]).default(false),
  tags: z.record(z.string(), z.string().min(2)).default({}),
  ratio: z.number().gt(0).max(1).multipleOf(0.25).default(1),
  mode: z.enum(['fast', 'slow']).default('fast'),
  url: z.url().default('http://localhost'),
  id: z
    .string()
    .regex(/^[a-z]+$/, 'expected small letters')
    .default('a'),
});

function found(raw: unknown): string[] {
  const result = schema.safeParse(raw);
  assert.equal(result.success, false);
  return findingsOf(result.error?.issues ?? [], raw, schema).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

describe('findingsOf', () => {
  it('speaks of bounds, formats and choices', () => {
    assert.deepEqual(found({ ratio: 0 }), ['ratio: expected more than 0, got 0']);
    assert.deepEqual(found({ ratio: 2 }), ['ratio: expected at most 1, got 2']);
    assert.deepEqual(found({ ratio: 0.3 }), ['ratio: expected a multiple of 0.25, got 0.3']);
    assert.deepEqual(found({ mode: 'fsat' }), [
      'mode: expected one of "fast", "slow", got "fsat"; did you mean "fast"?',
    ]);
    assert.deepEqual(found({ url: 'x' }), ['url: expected a valid url, got "x"']);
    assert.deepEqual(found({ id: 'A' }), ['id: expected small letters, got "A"']);
    assert.deepEqual(found({ tags: { a: 'b' } }), ['tags.a: expected at least 2 characters, got "b"']);
  });

  it('takes the variant of a union that this kind of value is for', () => {
    assert.deepEqual(found({ tls: 'yes' }), ['tls: expected true or false or a mapping, got "yes"']);
    assert.deepEqual(found({ tls: { ca_fil: 'x' } }), [
      'tls.ca_file: missing; expected a string',
      'tls.ca_fil: unknown key; did you mean "ca_file"?',
    ]);
    assert.deepEqual(found({ tls: { ca_file: 5 } }), ['tls.ca_file: expected a string, got 5']);
  });

  it('knows the keys of all variants where several objects are possible', () => {
    assert.deepEqual(found({ series: { constnat: 'a' } }), ['series.constnat: unknown key; did you mean "constant"?']);
    assert.deepEqual(found({ series: { path: 'a', key: true } }), [
      'series.key: only one of path, key, constant can be given',
    ]);
    assert.deepEqual(found({ series: {} }), ['series: expected one of path, key, constant']);
    assert.deepEqual(found({ series: { constant: 5 } }), ['series.constant: expected a string, got 5']);
  });

  it('lists the known keys where none is near', () => {
    assert.deepEqual(found({ colour: 1 }), [
      'colour: unknown key; known here: series, tls, tags, ratio, mode, url, id',
    ]);
  });
});
