import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Point } from '../../src/core/point.ts';
import { encodeLine } from '../../src/sink/line-protocol-encoder.ts';
import { parseLine } from './parse-line.ts';

const pointWith = (changes: Partial<Point> = {}): Point => ({
  measurement: 'm',
  tags: { s: 'a' },
  fields: { v: 1.5 },
  timeMs: 1000,
  ...changes,
});

function lineOf(changes: Partial<Point>): string {
  const encoded = encodeLine(pointWith(changes));
  assert.ok(encoded.ok, encoded.ok ? '' : encoded.reason);
  return encoded.line;
}

describe('encodeLine', () => {
  const lines: readonly (readonly [string, Partial<Point>, string])[] = [
    ['a plain point', {}, 'm,s=a v=1.5 1000'],
    ['sorts tags', { tags: { z: '1', a: '2' } }, 'm,a=2,z=1 v=1.5 1000'],
    ['no tags', { tags: {} }, 'm v=1.5 1000'],
    [
      'every type',
      { fields: { f: 1, i: 2, b: true, c: false, s: 'x' }, integerFields: ['i'] },
      'm,s=a f=1,i=2i,b=true,c=false,s="x" 1000',
    ],
    ['escapes the measurement', { measurement: 'a b,c=d' }, 'a\\ b\\,c=d,s=a v=1.5 1000'],
    ['escapes tags', { tags: { 'k =,': 'v =,' } }, 'm,k\\ \\=\\,=v\\ \\=\\, v=1.5 1000'],
    ['escapes field names', { fields: { 'k =,': 1 } }, 'm,s=a k\\ \\=\\,=1 1000'],
    ['escapes strings', { fields: { v: 'a"b\\c, d=e' } }, 'm,s=a v="a\\"b\\\\c, d=e" 1000'],
    ['an empty string', { fields: { v: '' } }, 'm,s=a v="" 1000'],
    ['quotes in tags are plain', { tags: { s: 'a"b' } }, 'm,s=a"b v=1.5 1000'],
    ['line breaks become spaces', { tags: { s: 'a\nb' }, fields: { v: 'c\r\nd' } }, 'm,s=a\\ b v="c  d" 1000'],
    ['a backslash at the end of a tag', { tags: { s: 'C:\\' } }, 'm,s=C:/ v=1.5 1000'],
    ['a backslash inside a tag', { tags: { s: 'C:\\x' } }, 'm,s=C:\\x v=1.5 1000'],
    ['a backslash at the end of a string', { fields: { v: 'C:\\' } }, 'm,s=a v="C:\\\\" 1000'],
    ['large and small numbers', { fields: { a: 1e21, b: 5e-324, c: -0 } }, 'm,s=a a=1e+21,b=5e-324,c=0 1000'],
    ['times before 1970', { timeMs: -1 }, 'm,s=a v=1.5 -1'],
  ];
  for (const [name, point, line] of lines) test(name, () => assert.equal(lineOf(point), line));

  const refused: readonly (readonly [string, Partial<Point>, RegExp])[] = [
    ['an empty measurement', { measurement: '' }, /measurement is empty/],
    ['a measurement that reads as a comment', { measurement: '#m' }, /comment/],
    ['no fields', { fields: {} }, /no fields/],
    ['NaN', { fields: { v: Number.NaN } }, /field v is NaN/],
    ['Infinity', { fields: { v: -Infinity } }, /field v is -Infinity/],
    ['a broken integer', { fields: { v: 1.5 }, integerFields: ['v'] }, /not an integer/],
    ['an integer beyond 2^53', { fields: { v: 2 ** 60 }, integerFields: ['v'] }, /not an integer/],
    ['an empty tag', { tags: { s: '' } }, /tag s is empty/],
    ['a tag without a name', { tags: { '': 'x' } }, /tag is called ""/],
    ['a tag called time', { tags: { time: 'x' } }, /tag is called "time"/],
    ['a field called time', { fields: { time: 1 } }, /field is called "time"/],
    ['half a millisecond', { timeMs: 1.5 }, /time 1.5/],
    ['no time', { timeMs: Number.NaN }, /time NaN/],
    ['the year 3000', { timeMs: Date.UTC(3000, 0) }, /1678 to 2262/],
    ['tags that become one', { tags: { 'a\n': '1', 'a ': '2' } }, /names would both be written as "a "/],
    ['fields that become one', { fields: { 'a\\': 1, 'a/': 2 } }, /names would both be written as "a\/"/],
    ['a series key that is too long', { tags: { s: 'x'.repeat(70_000) } }, /series key/],
    ['a string that is too long', { fields: { v: 'x'.repeat(70_000) } }, /field v is over/],
  ];
  for (const [name, point, reason] of refused) {
    test(`refuses ${name}`, () => {
      const encoded = encodeLine(pointWith(point));
      assert.equal(encoded.ok, false);
      assert.match(encoded.ok ? '' : encoded.reason, reason);
    });
  }

  test('property: what is encoded reads back', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom(' ', ',', '=', '"', '\\', '\n', '\t', '#', "'", 'i', 'ü', '漢', '😀'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
      maxLength: 12,
    });
    const name = nasty.filter((text) => text !== 'time');
    const named = <T>(content: fc.Arbitrary<T>, minKeys: number) =>
      fc
        .dictionary(name, content, { minKeys, maxKeys: 4 })
        .filter((record) => new Set(Object.keys(record).map(spoken)).size === Object.keys(record).length);
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), nasty, fc.boolean(), fc.constant(''));
    const point = fc.record({
      measurement: nasty.filter((text) => !/^\s*#/.test(text)),
      tags: named(nasty, 0),
      fields: named(value, 1),
      whole: fc.maxSafeInteger(),
      timeMs: fc.integer({ min: -9e12, max: 9e12 }),
    });
    fc.assert(
      fc.property(point, ({ measurement, tags, fields, whole, timeMs }) => {
        const encoded = encodeLine({
          measurement,
          tags,
          fields: { ...fields, whole },
          integerFields: ['whole'],
          timeMs,
        });
        assert.ok(encoded.ok, encoded.ok ? '' : encoded.reason);
        const parsed = parseLine(encoded.line);
        assert.equal(parsed.measurement, spoken(measurement));
        assert.deepEqual(parsed.tags, entries(tags, spoken));
        const texts = (content: unknown) =>
          typeof content === 'string' ? unbroken(content) : content === 0 ? 0 : content;
        assert.deepEqual(parsed.fields, entries({ ...fields, whole }, texts));
        assert.deepEqual(parsed.integers, ['whole']);
        assert.equal(parsed.time, String(timeMs));
      }),
      { numRuns: 500 },
    );
  });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const unbroken = (text: string) => text.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, ' ');
/** What is left of a name or tag: no control characters, no backslash at its end. */
const spoken = (text: string) => unbroken(text).replace(/\\+$/, (slashes) => '/'.repeat(slashes.length));

const entries = (from: Readonly<Record<string, unknown>>, value: (content: string) => unknown) =>
  new Map(Object.entries(from).map(([key, content]) => [spoken(key), value(content as string)]));
