import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { JsonSchema } from '../../src/config/json-schema.ts';
import { referenceRows } from '../../src/config/reference-rows.ts';

const rows = (shape: z.ZodRawShape) =>
  referenceRows(z.toJSONSchema(z.strictObject(shape), { io: 'input', target: 'draft-7' }) as JsonSchema).map(
    ({ key, type, fallback }) => [key, type, fallback],
  );

describe('referenceRows', () => {
  it('words types, bounds and defaults', () => {
    assert.deepEqual(
      rows({
        a: z.number().gt(0).max(1),
        b: z.int().min(2).max(5).default(3),
        c: z.boolean().default(false),
        d: z.enum(['x', '\t']).default('x'),
        e: z.array(z.number()).min(1).default([1, 2]),
        f: z.string().optional(),
        g: z.record(z.string(), z.string()).default({}),
        h: z.url(),
        i: z.array(z.string()).max(3),
        j: z.union([z.literal(1), z.literal(2)]),
        k: z.number().min(0),
      }),
      [
        ['a', 'number, above 0, at most 1', 'required'],
        ['b', 'whole number, 2 to 5', '`3`'],
        ['c', '`true`, `false`', '`false`'],
        ['d', '`x`, `"\\t"`', '`"x"`'],
        ['e', 'list of numbers, at least 1', '`[1, 2]`'],
        ['f', 'text', ''],
        ['g', 'mapping of names to values', '`{}`'],
        ['h', 'URL', 'required'],
        ['i', 'list of texts, at most 3', 'required'],
        ['j', '`1` or `2`', 'required'],
        ['k', 'number, at least 0', 'required'],
      ],
    );
  });

  it('goes into mappings, lists and unions', () => {
    assert.deepEqual(
      rows({
        m: z.strictObject({ x: z.string().default('a') }).prefault({}),
        l: z.array(z.strictObject({ y: z.string() })),
        u: z.union([z.boolean(), z.strictObject({ z: z.string() })]).default(false),
        v: z.union([z.strictObject({ p: z.string() }), z.strictObject({ q: z.string() })]),
      }),
      [
        ['m', 'mapping', ''],
        ['m.x', 'text', '`"a"`'],
        ['l', 'list of mappings', 'required'],
        ['l[].y', 'text', 'required'],
        ['u', '`true`, `false` or mapping', '`false`'],
        ['u.z', 'text', 'required'],
        ['v', 'mapping with one of `p`, `q`', 'required'],
        ['v.p', 'text', ''],
        ['v.q', 'text', ''],
      ],
    );
  });
});
