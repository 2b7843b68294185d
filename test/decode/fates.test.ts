import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Decoder } from '../../src/core/component.ts';
import { jsonDecoder } from '../../src/decode/json.ts';
import { lineProtocolDecoder } from '../../src/decode/line-protocol.ts';
import { senmlDecoder } from '../../src/decode/senml.ts';
import { assertFate } from './fate.ts';
import { context, nowMs, record } from './made-up.ts';

const json = (options: unknown) => jsonDecoder.build(jsonDecoder.options.parse(options), context());
const decoders: readonly Decoder[] = [
  json({ series: { path: 'device' } }),
  json({ layout: 'narrow', series: { key: true }, unknown_channels: 'ignore' }),
  json({ values: { path: 'v' }, time: { format: 'record' }, rename: { 'x.y': 'b' } }),
  lineProtocolDecoder.build(lineProtocolDecoder.options.parse({ unknown_channels: 'reject' }), context()),
  lineProtocolDecoder.build(
    lineProtocolDecoder.options.parse({ series_tag: ['a', 'b'], channel: 'field', precision: 's' }),
    context(),
  ),
  senmlDecoder.build(senmlDecoder.options.parse({}), context()),
  senmlDecoder.build(senmlDecoder.options.parse({ series: 'name_path', unknown_channels: 'reject' }), context()),
];

const checkAll = (value: Uint8Array | string | null, key: string | null) => {
  for (const decoder of decoders) assertFate(decoder.decode(record(value, key)));
};
const key = fc.option(fc.string({ maxLength: 50 }));

test('arbitrary bytes have a fate', () => {
  fc.assert(fc.property(fc.option(fc.uint8Array({ maxLength: 5000 })), key, checkAll), { numRuns: 1000 });
});

test('arbitrary JSON has a fate', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 8 }), key, checkAll), { numRuns: 1000 });
});

const name = fc.constantFrom(
  'time',
  'device',
  'channel',
  'value',
  'v',
  'a',
  'b',
  'p',
  'x',
  'y',
  'x.y',
  'n',
  'bn',
  't',
  'bt',
  'bv',
  'vb',
  'bver',
  'k_',
  '__proto__',
  'constructor',
);
const cell = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.string(),
  fc.constantFrom(nowMs, nowMs / 1000, 'a', 'p', '', 'NaN', null, [], '2026-03-01'),
);
const message = fc.dictionary(name, fc.oneof(cell, fc.dictionary(name, cell)), { maxKeys: 10 });

test('messages that nearly fit have a fate', () => {
  const near = fc.oneof(message, fc.array(fc.oneof(message, cell), { maxLength: 5 }));
  fc.assert(
    fc.property(near, key, (value, k) => checkAll(JSON.stringify(value), k)),
    { numRuns: 1500 },
  );
});

test('lines that nearly fit have a fate', () => {
  const piece = fc.constantFrom(
    'cpu',
    'a',
    'b',
    'p',
    'host',
    ',',
    '=',
    ' ',
    '\n',
    '\\',
    '"',
    '1',
    '1i',
    't',
    String(nowMs),
    `${nowMs}000000`,
    '#',
    '\r',
    'é',
  );
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  fc.assert(fc.property(text, key, checkAll), { numRuns: 1500 });
});

test('a decoder remembers nothing: the same message gives the same result', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 10 }), (messages) => {
      const records = messages.map((value) => record(JSON.stringify(value)));
      const decodeAll = () => decoders.map((decoder) => records.map((one) => decoder.decode(one)));
      const once = decodeAll();
      const again = decodeAll();
      assert.deepEqual(again, once);
    }),
    { numRuns: 100 },
  );
});
