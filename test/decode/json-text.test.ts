import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/decode/fault.ts';
import { nestsDeeper, parseJson } from '../../src/decode/json-text.ts';
import { quoteNonFinite } from '../../src/decode/non-finite-tokens.ts';
import { limits } from './made-up.ts';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

test('nesting is the depth of brackets outside of strings', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.integer({ min: 1, max: 8 }), (value, max) => {
      assert.equal(nestsDeeper(JSON.stringify(value), max), depthOf(value) > max);
    }),
    { numRuns: 500 },
  );
});

test('bare tokens of Python become null and strings, strings stay as they are', () => {
  const cases: [string, string | null][] = [
    ['{"a":1}', null],
    ['{"NaN":"Infinity"}', null],
    ['-1', null],
    ['[NaN]', '[null]'],
    ['[NaN, -Infinity,Infinity ,-1]', '[null, "-Infinity","Infinity" ,-1]'],
    ['{"a\\"NaN":NaN}', '{"a\\"NaN":null}'],
    ['"NaN', null],
    ['"NaN\\', null],
    ['', null],
  ];
  for (const [text, expected] of cases) assert.equal(quoteNonFinite(text), expected, text);
});

test('a text without end of string is read once, not once a quote', () => {
  const text = `NaN"${'\\"'.repeat(400_000)}`;
  assert.equal(quoteNonFinite(text), `null${text.slice(3)}`);
});

test('valid JSON is parsed as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      const parsed = parseJson(Buffer.from(text), limits);
      assert.ok(!(parsed instanceof Fault));
      assert.deepEqual(parsed.value, JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});
