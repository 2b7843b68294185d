import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Decoder, DecoderSpec } from '../../src/core/component.ts';
import type { SourceRecord } from '../../src/core/record.ts';
import { avroDecoder } from '../../src/decode/avro.ts';
import { jsonDecoder } from '../../src/decode/json.ts';
import { lineProtocolDecoder } from '../../src/decode/line-protocol.ts';
import { senmlDecoder } from '../../src/decode/senml.ts';
import { channel, context, limits, lines, nowMs, reasons, record } from './made-up.ts';

const schema = { file: new URL('../fuzz/samples/reading.avsc', import.meta.url).pathname };
const specs: Readonly<Record<string, { readonly spec: DecoderSpec; readonly more: object }>> = {
  json: { spec: jsonDecoder as DecoderSpec, more: {} },
  avro: { spec: avroDecoder as DecoderSpec, more: { schema } },
  'line-protocol': { spec: lineProtocolDecoder as DecoderSpec, more: { channel: 'field' } },
  senml: { spec: senmlDecoder as DecoderSpec, more: {} },
};
const build = (name: string, options: object): Decoder => {
  const { spec, more } = specs[name] as (typeof specs)[string];
  return spec.build(spec.options.parse({ ...more, ...options }), context());
};

/** A message of each format: its channel a is 1.5, what it says of series and time is something else. */
const avroBody = Buffer.concat([
  Buffer.from([2, 0x78]), // device: x
  Buffer.from([0]), // time: 1970
  Buffer.from([0]), // state
  Buffer.from([2]), // a, the second alternative
  Buffer.from(new Float64Array([1.5]).buffer),
  Buffer.alloc(4), // b
  Buffer.from([0, 0, 0]), // tags, history, next
]);
const values: Readonly<Record<string, Buffer>> = {
  json: Buffer.from('{"time":1,"device":"x","a":1.5,"b":0}'),
  avro: avroBody,
  'line-protocol': Buffer.from('m,host=x a=1.5,b=0 1000'),
  senml: Buffer.from('[{"bn":"","n":"a","v":1.5,"t":1},{"n":"b","v":0,"t":1}]'),
};

describe('series and time from beside the message', () => {
  const headers = new Map([
    ['device', 'pump-7'],
    ['at', '2026-03-01T11:59:00Z'],
    ['late', '1'],
  ]);
  const message = (name: string, more: Partial<SourceRecord> = {}): SourceRecord => ({
    ...record(values[name] as Buffer, 'key-1'),
    headers,
    ...more,
  });

  for (const name of Object.keys(specs)) {
    const of = (options: object, more: Partial<SourceRecord> = {}) => {
      const decoded = build(name, options).decode(message(name, more));
      return decoded.rejected.length > 0 ? [...new Set(reasons(decoded))] : lines(decoded);
    };
    const read = (series: string, timeMs: number) => [`${series}@${timeMs} 0=1.5 1=0`];

    test(`${name}: key, header and constant name the series, header and timestamp are the time`, () => {
      const time = { format: 'record' };
      assert.deepEqual(of({ series: { key: true }, time }), read('key-1', nowMs - 1000));
      assert.deepEqual(of({ series: { header: 'device' }, time }), read('pump-7', nowMs - 1000));
      assert.deepEqual(of({ series: { constant: 'c' }, time: { header: 'at' } }), read('c', nowMs - 60_000));
    });

    test(`${name}: what is not there, or no time, is refused`, () => {
      const series = { constant: 'c' };
      assert.deepEqual(of({ series: { header: 'none' }, time: { header: 'at' } }), ['series_missing']);
      assert.deepEqual(of({ series: { header: 'constructor' }, time: { header: 'at' } }), ['series_missing']);
      assert.deepEqual(of({ series, time: { header: 'none' } }), ['time_missing']);
      assert.deepEqual(of({ series, time: { header: 'late' } }), ['time_invalid']);
      assert.deepEqual(of({ series, time: { format: 'record' } }, { timestampMs: null }), ['time_missing']);
    });
  }
});

describe('limits of every decoder', () => {
  for (const name of Object.keys(specs)) {
    const decode = (message: SourceRecord) => build(name, {}).decode(message);

    test(`${name}: size, no value, and what the source could not read`, () => {
      assert.deepEqual(reasons(decode(record(Buffer.alloc(limits.messageBytesMax + 1, 0x20)))), ['too_large']);
      assert.deepEqual(reasons(decode(record(null))), ['empty']);
      assert.deepEqual(reasons(decode(record(Buffer.alloc(0)))), ['empty']);
      const damaged = decode({ ...record(null), unreadable: 'a batch that cannot be read' });
      assert.deepEqual(
        damaged.rejected.map(({ reason, detail }) => [reason, detail]),
        [['unreadable', 'a batch that cannot be read']],
      );
    });
  }

  for (const name of ['json', 'senml']) {
    test(`${name}: nesting`, () => {
      const nested = `${'['.repeat(limits.nestingMax + 1)}${']'.repeat(limits.nestingMax + 1)}`;
      assert.deepEqual(reasons(build(name, {}).decode(record(nested))), ['too_deep']);
    });
  }

  test('senml: a name of separators is read once, not once a separator', () => {
    const big = { ...context(), limits: { ...limits, messageBytesMax: 1e6 } };
    const decoder = senmlDecoder.build(senmlDecoder.options.parse({}), big);
    const decoded = decoder.decode(record(JSON.stringify([{ bn: `${'/'.repeat(900_000)}x`, n: 'a', v: 1 }])));
    assert.deepEqual(reasons(decoded), ['series_invalid']);
  });
});

describe('no path reaches a prototype', () => {
  const paths = [
    '__proto__',
    'constructor',
    'constructor.name',
    '__proto__.constructor',
    'x.__proto__',
    'x.constructor.name',
    'toString',
  ];
  for (const at of paths) {
    test(`json: ${at}`, () => {
      const message = record(JSON.stringify({ time: nowMs, x: { a: 1 }, a: 1 }));
      assert.deepEqual(reasons(build('json', { series: { path: at } }).decode(message)), ['series_missing']);
      assert.deepEqual(reasons(build('json', { time: { path: at } }).decode(message)), ['time_missing']);
      assert.deepEqual(reasons(build('json', { values: { path: at } }).decode(message)), ['no_values']);
      const narrow = build('json', { layout: 'narrow', channel_path: at, time: { path: 'time' } });
      assert.deepEqual(reasons(narrow.decode(message)), ['channel_unknown']);
      const renamed = build('json', { rename: { [`y.${at}`]: 'b' } });
      assert.deepEqual(lines(renamed.decode(message)), [`default@${nowMs} 0=1`]);
    });
  }

  test('what a message puts under such names changes no object', () => {
    const text = `{"time":${nowMs},"a":1,"__proto__":{"b":5,"polluted":1},"constructor":{"prototype":{"polluted":1}}}`;
    assert.deepEqual(lines(build('json', {}).decode(record(text))), [`default@${nowMs} 0=1`]);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});

describe('what devices send', () => {
  test('Telegraf: tags in order, escaped spaces, integers of both signs, booleans, text, nanoseconds', () => {
    const names = [
      'cpu_usage_user',
      'system_load1',
      'system_n_cpus',
      'modbus_pressure',
      'modbus_flow',
      'modbus_running',
      'modbus_fault',
      'disk_free',
      'net_bytes_recv',
      'net_err_in',
    ];
    const big = { ...context(names.map((name) => channel(name))), limits: { ...limits, messageBytesMax: 10_000 } };
    const decoder = lineProtocolDecoder.build(lineProtocolDecoder.options.parse({ series_tag: 'host' }), big);
    const decoded = decoder.decode(record(readFileSync(new URL('telegraf.lp', import.meta.url))));
    const baseMs = Date.UTC(2026, 2, 1, 12);
    const at = (ms: number, cells = '') => `pump-station 07@${baseMs + ms}${cells}`;
    assert.deepEqual(lines(decoded), [
      at(0, ' 0=12.372881355932202'),
      at(0),
      at(0, ' 1=0.42 2=4'),
      at(0),
      at(0),
      at(10_000, ' 3=4.25 4=-0.0015 5=1 6=0'),
      at(10_123, ' 7=187423584256'),
      at(10_999, ' 8=18446744073709552000 9=-9223372036854776000'),
    ]);
    assert.deepEqual(reasons(decoded), []);
  });

  test('Telegraf: several tags name the series; fields that are no channel can be refused', () => {
    const decoder = lineProtocolDecoder.build(
      lineProtocolDecoder.options.parse({ series_tag: ['host', 'name'], channel: 'field', unknown_channels: 'reject' }),
      context([channel('pressure')]),
    );
    const [line] = readFileSync(new URL('telegraf.lp', import.meta.url), 'utf8')
      .split('\n')
      .filter((one) => one.startsWith('modbus'));
    const decoded = decoder.decode(record(line ?? ''));
    assert.deepEqual(lines(decoded), [`pump-station 07/PLC=A@${Date.UTC(2026, 2, 1, 12) + 10_000} 0=4.25`]);
    assert.match(decoded.rejected[0]?.detail ?? '', /"flow"; "running"; "fault"/);
  });
});
