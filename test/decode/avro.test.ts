import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import avro from 'avsc';
import type { SourceRecord } from '../../src/core/record.ts';
import { avroDecoder } from '../../src/decode/avro.ts';
import { FakeRegistry, framed } from './fake-registry.ts';
import { context, lines, nowMs, reasons, record } from './made-up.ts';

const timeMs = nowMs - 5000;

/** A decoder of bare Avro with this schema, and what encodes its messages. */
function bare(schema: avro.Schema, options: object = {}) {
  const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-avro-'));
  const file = path.join(dir, 'reading.avsc');
  writeFileSync(file, JSON.stringify(schema));
  const decoder = avroDecoder.build(avroDecoder.options.parse({ schema: { file }, ...options }), context());
  rmSync(dir, { recursive: true });
  const type = avro.Type.forSchema(schema, { wrapUnions: 'always' });
  return { decoder, encode: (value: unknown) => type.toBuffer(value) };
}

const field = (name: string, type: unknown) => ({ name, type }) as avro.schema.RecordType['fields'][number];
const recordOf = (name: string, ...fields: ReturnType<typeof field>[]): avro.schema.RecordType => ({
  type: 'record',
  name,
  fields,
});

describe('bare Avro with a schema file', () => {
  test('wide: nested records, unions with null, enums, maps, booleans, floats', () => {
    const { decoder, encode } = bare(
      recordOf(
        'Reading',
        field(
          'device',
          recordOf(
            'Device',
            field('id', 'string'),
            field('site', { type: 'enum', name: 'Site', symbols: ['NORTH', 'SOUTH'] }),
          ),
        ),
        field('time', { type: 'long', logicalType: 'timestamp-millis' }),
        field(
          'values',
          recordOf(
            'Values',
            field('a', ['null', 'double']),
            field('b', 'float'),
            field('p', ['null', 'int', 'boolean']),
          ),
        ),
      ),
      { series: { path: 'device.site' }, values: { path: 'values' } },
    );
    const send = (site: string, a: unknown, p: unknown) =>
      decoder.decode(record(encode({ device: { id: 'x', site }, time: timeMs, values: { a, b: 0.5, p } })));
    assert.deepEqual(lines(send('NORTH', { double: 1.25 }, { int: 7 })), [`NORTH@${timeMs} 0=1.25 1=0.5 2=7`]);
    assert.deepEqual(lines(send('SOUTH', null, { boolean: true })), [`SOUTH@${timeMs} 1=0.5 2=1`]);
    assert.deepEqual(lines(send('SOUTH', null, null)), [`SOUTH@${timeMs} 1=0.5`]);
  });

  test('narrow, with the channel in a map', () => {
    const { decoder, encode } = bare(
      recordOf('Sample', field('tags', { type: 'map', values: 'string' }), field('ts', 'long'), field('v', 'double')),
      { layout: 'narrow', series: { key: true }, channel_path: 'tags.channel', value_path: 'v', time: { path: 'ts' } },
    );
    const decoded = decoder.decode(record(encode({ tags: { channel: 'b' }, ts: timeMs, v: 3 }), 'pump-1'));
    assert.deepEqual(lines(decoded), [`pump-1@${timeMs} 1=3`]);
  });

  test('an array is as many readings as it has elements', () => {
    const { decoder, encode } = bare({
      type: 'array',
      items: recordOf('R', field('time', 'long'), field('a', 'double')),
    });
    const decoded = decoder.decode(
      record(
        encode([
          { time: timeMs, a: 1 },
          { time: 5, a: 2 },
        ]),
      ),
    );
    assert.deepEqual(lines(decoded), [`default@${timeMs} 0=1`]);
    assert.deepEqual(reasons(decoded), ['time_invalid']);
    assert.equal(decoded.rejected[0]?.detail.startsWith('5'), true);
  });

  test('logical timestamps of every unit are milliseconds; longs beyond a number are digits', () => {
    for (const [logicalType, perMs] of [
      ['timestamp-millis', 1],
      ['timestamp-micros', 1000],
      ['local-timestamp-micros', 1000],
      ['timestamp-nanos', 1_000_000],
    ] as const) {
      const { decoder } = bare(recordOf('R', field('time', { type: 'long', logicalType }), field('a', 'long')));
      const bytes = Buffer.concat([zigzag(BigInt(timeMs) * BigInt(perMs)), zigzag(2n ** 60n + 1n)]);
      const decoded = decoder.decode(record(bytes));
      assert.deepEqual(lines(decoded), [`default@${timeMs} 0=${2 ** 60}`], logicalType);
    }
  });

  test('decimals are numbers', () => {
    const { decoder } = bare(
      recordOf(
        'R',
        field('a', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }),
        field('b', { type: 'fixed', size: 3, name: 'F', logicalType: 'decimal', precision: 6, scale: 1 }),
      ),
      { time: { format: 'record' } },
    );
    const decoded = decoder.decode(record(Buffer.concat([Buffer.of(4, 0xfb, 0x2e), Buffer.of(0, 0x30, 0x39)])));
    assert.deepEqual(lines(decoded), [`default@${nowMs - 1000} 0=-12.34 1=1234.5`]);
  });

  test('bytes and unknown symbols cost their channel, not the reading', () => {
    const { decoder, encode } = bare(recordOf('R', field('time', 'long'), field('a', 'bytes'), field('b', 'double')));
    const decoded = decoder.decode(record(encode({ time: timeMs, a: Buffer.of(1), b: 2 })));
    assert.deepEqual(lines(decoded), [`default@${timeMs} 1=2`]);
    assert.deepEqual(reasons(decoded), ['value_invalid']);
  });

  test('what does not fit the schema is refused with the place', () => {
    const { decoder, encode } = bare(recordOf('R', field('time', 'long'), field('a', ['null', 'double'])));
    const whole = encode({ time: timeMs, a: { double: 1 } });
    const refuse = (bytes: Buffer) =>
      decoder.decode(record(bytes)).rejected.map(({ reason, detail }) => `${reason}: ${detail}`);
    assert.deepEqual(refuse(whole.subarray(0, -1)), [
      'parse_error: not of its Avro schema: 8 bytes were to follow byte 7, 7 do',
    ]);
    assert.deepEqual(refuse(Buffer.concat([whole, Buffer.of(0)])), [
      'parse_error: not of its Avro schema: 1 bytes are left over',
    ]);
    assert.deepEqual(refuse(Buffer.concat([zigzag(1n), zigzag(9n)])), [
      'parse_error: not of its Avro schema: 9 is none of 2 alternatives at byte 2',
    ]);
    assert.match(refuse(Buffer.alloc(20, 0xff))[0] ?? '', /a number without end/);
    assert.deepEqual(reasons(decoder.decode(record(Buffer.alloc(5000)))), ['too_large']);
    assert.deepEqual(reasons(decoder.decode(record(null))), ['empty']);
  });

  test('counts that are only claimed cost nothing', () => {
    for (const items of ['null', 'int', recordOf('Empty')] as avro.Schema[]) {
      const { decoder } = bare(recordOf('R', field('x', { type: 'array', items })));
      const decoded = decoder.decode(record(Buffer.concat([zigzag(2n ** 40n), Buffer.alloc(100, 2)])));
      assert.equal(reasons(decoded).length, 1);
      assert.match(reasons(decoded)[0] ?? '', /too_large|parse_error/);
    }
  });

  test('a schema that contains itself nests no deeper than limits.nesting_max', () => {
    const { decoder, encode } = bare(recordOf('Node', field('a', 'double'), field('next', ['null', 'Node'])), {
      time: { format: 'record' },
    });
    const nested = (depth: number): object => ({ a: 1, next: depth === 1 ? null : { Node: nested(depth - 1) } });
    assert.equal(lines(decoder.decode(record(encode(nested(6))))).length, 1);
    assert.deepEqual(reasons(decoder.decode(record(encode(nested(7))))), ['too_deep']);
    assert.deepEqual(reasons(decoder.decode(record(encode(nested(200))))), ['too_deep']);
  });

  test('no field and no key of a map reaches a prototype', () => {
    const { decoder, encode } = bare(recordOf('R', field('m', { type: 'map', values: 'double' })), {
      time: { format: 'record' },
      values: { path: 'm' },
      unknown_channels: 'ignore',
    });
    const bytes = encode({
      m: Object.fromEntries([
        ['constructor', 1],
        ['toString', 2],
        ['xx', 3],
        ['a', 4],
      ]),
    });
    const evil = Buffer.from(bytes);
    const decoded = decoder.decode(record(evil));
    assert.deepEqual(lines(decoded), [`default@${nowMs - 1000} 0=4`]);
    for (const at of [
      '__proto__',
      'constructor',
      'constructor.prototype',
      '__proto__.a',
      'm.__proto__',
      'm.constructor.name',
    ]) {
      const other = bare(recordOf('R', field('m', { type: 'map', values: 'double' })), {
        series: { path: at },
        time: { format: 'record' },
      });
      assert.deepEqual(reasons(other.decoder.decode(record(other.encode({ m: { a: 1 } })))), ['series_missing'], at);
    }
  });

  test('a file that holds no schema is a fault of the config', () => {
    assert.throws(
      () => avroDecoder.build(avroDecoder.options.parse({ schema: { file: '/nowhere/x.avsc' } }), context()),
      /reading the Avro schema \/nowhere\/x.avsc: .*ENOENT/,
    );
    assert.throws(
      () => bare({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'Unknown' }] } as avro.Schema),
      /undefined type name/,
    );
  });
});

describe('Avro with a schema registry', () => {
  const v1 = recordOf('Reading', field('device', 'string'), field('time', 'long'), field('a', 'double'));
  const v2 = recordOf(
    'Reading',
    field('time', 'long'),
    field('b', ['null', 'double']),
    field('device', 'string'),
    field('a', 'float'),
  );
  const encode = (schema: avro.Schema, value: unknown) =>
    avro.Type.forSchema(schema, { wrapUnions: 'always' }).toBuffer(value);

  async function world(options: object = {}) {
    const registry = await FakeRegistry.start();
    const build = (more: object = {}) =>
      avroDecoder.build(
        avroDecoder.options.parse({
          schema: { registry: { url: registry.url, ...more } },
          series: { path: 'device' },
          ...options,
        }),
        {
          ...context(),
          clock: {
            ...context().clock,
            sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
          },
        },
      );
    return { registry, build };
  }

  test('each message is read with the schema that it names; a schema is asked for once', async (t) => {
    const { registry, build } = await world();
    t.after(() => registry.close());
    registry.schemas.set(1, { schema: JSON.stringify(v1) });
    registry.schemas.set(70_000, { schema: JSON.stringify(v2), schemaType: 'AVRO' });
    const decoder = build();
    const messages: SourceRecord[] = [
      record(framed(1, encode(v1, { device: 'x', time: timeMs, a: 1 }))),
      record(framed(70_000, encode(v2, { time: timeMs, b: { double: 2 }, device: 'x', a: 3 }))),
      record(framed(1, encode(v1, { device: 'y', time: timeMs, a: 4 }))),
    ];
    const read: string[] = [];
    for (const message of messages) {
      const ready = decoder.ready?.(message) ?? null;
      if (ready !== null) await ready;
      assert.equal(decoder.ready?.(message), null);
      read.push(...lines(decoder.decode(message)));
    }
    assert.deepEqual(read, [`x@${timeMs} 0=1`, `x@${timeMs} 1=2 0=3`, `y@${timeMs} 0=4`]);
    assert.deepEqual(
      registry.asked.map(({ path }) => path),
      ['/schemas/ids/1', '/schemas/ids/70000'],
    );
    assert.equal(decoder.health?.().ok, true);
    await decoder.close?.();
  });

  test('an unknown id, a schema of another kind and a broken one are dead letters with their own reasons', async (t) => {
    const { registry, build } = await world();
    t.after(() => registry.close());
    registry.schemas.set(2, { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' });
    registry.schemas.set(3, { schema: '{"type":"recor' });
    const decoder = build();
    const told: string[] = [];
    for (const id of [1, 2, 3]) {
      const message = record(framed(id, 'x'));
      await decoder.ready?.(message);
      told.push(...decoder.decode(message).rejected.map(({ reason, detail }) => `${reason}: ${detail}`));
    }
    assert.equal(told[0], 'schema_unknown: the registry has no schema 1');
    assert.equal(told[1], 'schema_invalid: schema 2 cannot be used: it is of type PROTOBUF, expected AVRO');
    assert.match(told[2] ?? '', /^schema_invalid: schema 3 cannot be used: /);
    for (const value of [Buffer.from('{"a":1}'), Buffer.of(0, 0, 0)]) {
      assert.equal(decoder.ready?.(record(value)), null);
      assert.deepEqual(reasons(decoder.decode(record(value))), ['header_invalid']);
    }
    assert.equal(decoder.ready?.(record(null)), null);
  });

  test('named types of other subjects come first', async (t) => {
    const { registry, build } = await world({ series: { constant: 'x' }, values: { path: 'body' } });
    t.after(() => registry.close());
    const body = recordOf('Body', field('a', 'double'), field('unit', 'plant.Unit'));
    registry.subjects.set('/subjects/unit/versions/3', {
      schema: JSON.stringify({ type: 'enum', name: 'Unit', namespace: 'plant', symbols: ['BAR'] }),
    });
    registry.subjects.set('/subjects/body value/versions/1', {
      schema: JSON.stringify(body),
      references: [{ name: 'plant.Unit', subject: 'unit', version: 3 }],
    });
    registry.schemas.set(9, {
      schema: JSON.stringify(recordOf('R', field('time', 'long'), field('body', 'Body'))),
      references: [{ name: 'Body', subject: 'body value', version: 1 }],
    });
    const decoder = build();
    const message = record(
      framed(9, Buffer.concat([zigzag(BigInt(timeMs)), Buffer.from(new Float64Array([2.5]).buffer), zigzag(0n)])),
    );
    await decoder.ready?.(message);
    assert.deepEqual(lines(decoder.decode(message)), [`x@${timeMs} 0=2.5`]);
  });

  test('of more schemas than schemas_max the one not used for longest is asked for again', async (t) => {
    const { registry, build } = await world();
    t.after(() => registry.close());
    for (const id of [1, 2, 3]) registry.schemas.set(id, { schema: JSON.stringify(v1) });
    const decoder = build({ schemas_max: 2 });
    for (const id of [1, 2, 1, 3, 1, 2]) {
      const message = record(framed(id, encode(v1, { device: 'x', time: timeMs, a: id })));
      await decoder.ready?.(message);
      assert.deepEqual(lines(decoder.decode(message)), [`x@${timeMs} 0=${id}`]);
    }
    assert.deepEqual(
      registry.asked.map(({ path }) => Number(path.split('/').at(-1))),
      [1, 2, 3, 2],
    );
  });
});

/** As Avro writes longs. */
function zigzag(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
