import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { senmlDecoder } from '../../src/decode/senml.ts';
import { channel, context, lines, nowMs, reasons, record } from './made-up.ts';

const channels = ['temperature', 'humidity', 'open', 'dev1:temperature'].map((name) => channel(name));
const decode = (pack: unknown, options: unknown = {}) =>
  senmlDecoder
    .build(senmlDecoder.options.parse(options), context(channels))
    .decode(record(typeof pack === 'string' ? pack : JSON.stringify(pack)));
const nowS = nowMs / 1000;

test('the examples of the spec validate and build', () => {
  for (const example of senmlDecoder.examples) {
    assert.doesNotThrow(() => senmlDecoder.build(senmlDecoder.options.parse(example), context()));
  }
});

describe('packs', () => {
  test('base fields work on all records behind them; one time is one reading', () => {
    const decoded = decode([
      { bn: 'urn:dev:ow:10e2:', bt: nowS, bu: 'Cel', bv: 20, n: 'temperature', v: 3.5 },
      { n: 'humidity', u: '%RH', v: 40 },
      { n: 'temperature', t: -5, v: 3 },
      { n: 'open', vb: true },
    ]);
    assert.deepEqual(lines(decoded), [
      `urn:dev:ow:10e2@${nowMs} 0=23.5 1=60 2=1`,
      `urn:dev:ow:10e2@${nowMs - 5000} 0=23`,
    ]);
    assert.deepEqual(decoded.rejected, []);
  });

  test('times below 2^28 are relative to the message', () => {
    assert.deepEqual(lines(decode([{ bn: 'd', n: 'temperature', v: 1 }])), [`d@${nowMs - 1000} 0=1`]);
    assert.deepEqual(lines(decode([{ bn: 'd', n: 'temperature', t: -60.5, v: 1 }])), [`d@${nowMs - 61_500} 0=1`]);
  });

  test('a later base name starts another series; a record of base fields alone is none', () => {
    const decoded = decode([{ bn: 'd1/' }, { n: 'temperature', v: 1 }, { bn: 'd2/' }, { n: 'temperature', v: 2 }]);
    assert.deepEqual(lines(decoded), [`d1@${nowMs - 1000} 0=1`, `d2@${nowMs - 1000} 0=2`]);
  });

  test('other ways to the series', () => {
    const pack = [{ bn: 'urn:x:', n: 'dev1:temperature', v: 1 }];
    assert.deepEqual(lines(decode(pack, { series: 'name_path' })), [`urn:x:dev1@${nowMs - 1000} 0=1`]);
    assert.deepEqual(lines(decode([{ n: 'dev1:temperature', v: 1 }], { series: 'key' })), [
      `the-key@${nowMs - 1000} 3=1`,
    ]);
    assert.deepEqual(reasons(decode([{ n: 'temperature', v: 1 }])), ['series_missing']);
    assert.deepEqual(reasons(decode([{ n: 'temperature', v: 1 }], { series: 'name_path' })), ['series_missing']);
  });

  test('strings, data and sums are no values; unknown names as the options say', () => {
    const pack = [
      { bn: 'd', n: 'temperature', vs: 'warm' },
      { n: 'x', v: 1 },
      { n: 'humidity', s: 5 },
    ];
    assert.deepEqual(lines(decode(pack)), [`d@${nowMs - 1000}`]);
    assert.deepEqual(reasons(decode(pack)), []);
    assert.deepEqual(reasons(decode(pack, { unknown_channels: 'reject' })), ['channel_unknown']);
  });
});

describe('what cannot be used', () => {
  test('a bad record leaves its neighbours alone, its base fields count', () => {
    const decoded = decode([
      { bn: 'd', n: 'temperature', v: 'x' },
      { n: 'humidity', v: 1 },
      5,
      { n: 'open', t: 'now' },
    ]);
    assert.deepEqual(lines(decoded), [`d@${nowMs - 1000} 1=1`]);
    assert.deepEqual(reasons(decoded), ['value_invalid', 'not_an_object', 'time_invalid']);
    assert.equal(
      Buffer.from(decoded.rejected[0]?.raw as Uint8Array).toString(),
      '{"bn":"d","n":"temperature","v":"x"}',
    );
  });

  test('a pack that would mean something else is refused as a whole', () => {
    assert.deepEqual(
      reasons(
        decode([
          { bn: 5, n: 'temperature', v: 1 },
          { n: 'humidity', v: 1 },
        ]),
      ),
      ['series_invalid'],
    );
    assert.deepEqual(reasons(decode([{ bn: 'd', bver: 11, n: 'temperature', v: 1 }])), ['parse_error']);
    assert.deepEqual(reasons(decode([{ bn: 'd', n: 'temperature', v: 1, must_: 1 }])), ['parse_error']);
    assert.deepEqual(reasons(decode({ bn: 'd' })), ['not_an_object']);
    assert.deepEqual(reasons(decode([])), ['no_values']);
    assert.deepEqual(reasons(decode([{ bn: 'd' }])), ['no_values']);
    assert.deepEqual(reasons(decode('[')), ['parse_error']);
  });

  test('times and values out of bounds', () => {
    assert.deepEqual(reasons(decode([{ bn: 'd', n: 'temperature', v: 1, t: nowS + 100 }])), ['time_in_future']);
    assert.deepEqual(reasons(decode([{ bn: 'd', n: 'temperature', v: 1, t: 2 ** 28 }])), ['time_invalid']);
    const infinite = decode(`[{"bn":"d","n":"temperature","v":1e999},{"n":"humidity","v":2}]`);
    assert.deepEqual(lines(infinite), [`d@${nowMs - 1000} 1=2`]);
    assert.deepEqual(reasons(infinite), ['value_not_finite']);
  });
});
