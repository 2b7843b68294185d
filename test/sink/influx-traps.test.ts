import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { InfluxDB } from 'influx';
import { systemClock } from '../../src/core/clock.ts';
import type { Point } from '../../src/core/point.ts';
import { createInfluxClient, type InfluxConnection } from '../../src/sink/influxdb-client.ts';
import { encodeLine } from '../../src/sink/line-protocol-encoder.ts';
import { fakeServer } from './fixtures.ts';
import { parseLine } from './parse-line.ts';

/**
 * What version 5.12 of the client does wrong, a test each: the list is the point. What goes over the wire is told by the line,
 * since a test of the client pins that lines go over it byte by byte.
 */
describe('traps of the influx client', () => {
  const line = (changes: Partial<Point>): string => {
    const encoded = encodeLine({ measurement: 'm', tags: {}, fields: { v: 1 }, timeMs: 5, ...changes });
    assert.ok(encoded.ok, encoded.ok ? '' : encoded.reason);
    return encoded.line;
  };
  const refused = (changes: object): string => {
    const encoded = encodeLine({ measurement: 'm', tags: {}, fields: { v: 1 }, timeMs: 5, ...changes } as Point);
    assert.ok(!encoded.ok, encoded.ok ? encoded.line : '');
    return encoded.reason;
  };
  const clientFor = async (
    t: TestContext,
    answer: (response: ServerResponse, number: number) => void,
    more: Partial<InfluxConnection> = {},
  ) => {
    const server = await fakeServer((response, _, number) => answer(response, number));
    t.after(() => server.close());
    const connection = { url: server.url, database: 'd', timeout_ms: 300, ...more };
    return { server, client: createInfluxClient(connection, systemClock, (path) => path) };
  };
  const taken = (response: ServerResponse) => void response.writeHead(204).end();

  test('NaN and the infinities are sent verbatim: refused before', () => {
    for (const v of [NaN, Infinity, -Infinity]) assert.match(refused({ fields: { v } }), /the field v is -?(NaN|Inf)/);
  });

  test('a field that is null or undefined becomes the text null: refused before', () => {
    for (const v of [null, undefined]) assert.match(refused({ fields: { v } }), /the field v is neither/);
  });

  test('a BigInt throws in the client: refused before', () => {
    assert.match(refused({ fields: { v: 5n } }), /the field v is neither/);
    assert.match(refused({ timeMs: 5n }), /the time 5 is not a whole number/);
  });

  test('a tag that is undefined is stored as the text undefined: refused before', () => {
    for (const host of [undefined, null]) assert.match(refused({ tags: { host } }), /the tag host is no text/);
  });

  test('an empty tag is a 400: refused before', () => {
    assert.match(refused({ tags: { host: '' } }), /the tag host is empty/);
  });

  test('a line break in a tag makes a bogus second point: it becomes a space', () => {
    for (const break_ of ['\n', '\r\n', '\u2028']) {
      assert.equal(line({ tags: { host: `a${break_}b` } }).split(/[\r\n\u2028]/).length, 1);
      assert.match(parseLine(line({ tags: { host: `a${break_}b` } })).tags.get('host') ?? '', /^a +b$/);
    }
  });

  test('a backslash at the end of a tag swallows what follows: it becomes a slash', () => {
    assert.deepEqual(Object.fromEntries(parseLine(line({ tags: { host: 'C:\\', zone: 'x' } })).tags), {
      host: 'C:/',
      zone: 'x',
    });
  });

  test('an escaped quote in a string is corrupted: it arrives as it was', () => {
    for (const text of ["\\'", '\\"', 'it\\\'s "so"', '\\', '\\\\'])
      assert.equal(parseLine(line({ fields: { text } })).fields.get('text'), text);
  });

  test('measurement names are never escaped: ours are', () => {
    assert.equal(line({ measurement: 'a b,c' }).split(' v=')[0], 'a\\ b\\,c');
  });

  test('an integer of the schema is rounded down in silence: a number that is none is refused', () => {
    assert.match(line({ fields: { v: 7 }, integerFields: ['v'] }), / v=7i /);
    assert.match(refused({ fields: { v: 7.9 }, integerFields: ['v'] }), /not an integer/);
  });

  test('a violation of its schema throws in the caller: we have no schema there, and encoding never throws', () => {
    for (const odd of [{ fields: { v: {} } }, { fields: { v: () => 1 } }, { tags: { t: 5 } }])
      assert.match(refused(odd), /is neither|is no text/);
  });

  test('without a precision a number is taken as nanoseconds: every request says milliseconds', async (t) => {
    const { client, server } = await clientFor(t, taken);
    await client.write([line({})]);
    assert.equal(new URL(server.received[0].url, server.url).searchParams.get('precision'), 'ms');
  });

  test('a batch without times gets one time for all: every line has its own', () => {
    assert.match(line({ timeMs: 0 }), / 0$/);
    assert.match(refused({ timeMs: undefined }), /the time undefined/);
  });

  test('a time that is no integer is a 400, and one beyond 64 bits another one: refused before', () => {
    for (const timeMs of [1.5, NaN, 1e16]) assert.match(refused({ timeMs }), /not a whole number of milliseconds/);
  });

  test('without credentials it sends root:root: we send none', async (t) => {
    const { client, server } = await clientFor(t, taken);
    await client.write([line({})]);
    await client.createDatabase();
    assert.deepEqual(
      server.received.map(({ headers }) => headers.authorization),
      [undefined, undefined],
    );
  });

  test('a failure locks the only host out for seconds: the next call goes through', async (t) => {
    for (const fail of [
      (response: ServerResponse) => void response.writeHead(503).end(),
      (response: ServerResponse) => void response.destroy(),
      () => undefined,
    ]) {
      const { client } = await clientFor(t, (response, number) => (number === 1 ? fail(response) : taken(response)));
      assert.equal((await client.write([line({})])).kind, 'unavailable');
      assert.deepEqual(await client.write([line({})]), { kind: 'done' });
    }
  });

  test('a promise never settles when a connection drops behind the head of an answer: ours does', async (t) => {
    const { client } = await clientFor(t, (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy());
    });
    assert.equal((await client.write([line({})])).kind, 'unavailable');
  });

  test('printing its errors shows the Authorization header: what we hand out has no part of them', async (t) => {
    const denies = (response: ServerResponse) => void response.writeHead(401).end('{"error":"authorization failed"}');
    const { client, server } = await clientFor(t, denies, { username: 'ann', password: 's3cret-word' });
    const shown = (value: unknown) => inspect(value, { depth: 12, showHidden: true });
    const { hostname, port } = new URL(server.url);
    const theirs = new InfluxDB({ host: hostname, port: Number(port), username: 'ann', password: 's3cret-word' });
    const error = await theirs.writePoints([{ measurement: 'm', fields: { v: 1 } }], { database: 'd' }).catch((e) => e);
    assert.ok(shown(error).includes(btoa('ann:s3cret-word')), 'the trap is gone: is what we do about it still needed?');
    const answer = await client.write([line({})]);
    assert.equal(answer.kind, 'denied');
    assert.ok(!shown(answer).includes(btoa('ann:s3cret-word')) && !shown(answer).includes('s3cret-word'));
  });

  test('a parse error says that nothing was dropped: the lines that it names are what was', async (t) => {
    const body = JSON.stringify({ error: "partial write: unable to parse 'm v=': missing field value dropped=0" });
    const { client } = await clientFor(t, (response) => void response.writeHead(400).end(body));
    const answer = await client.write([line({}), 'm v=']);
    assert.ok(answer.kind === 'rejected');
    assert.deepEqual([...(answer.refused ?? [])], [['m v=', 'missing field value']]);
  });
});
