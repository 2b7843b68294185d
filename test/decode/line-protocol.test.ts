import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lineProtocolDecoder } from '../../src/decode/line-protocol.ts';
import { channel, context, lines, nowMs, reasons, record } from './made-up.ts';

const channels = ['cpu_idle', 'cpu_busy', 'disk_used', 'wea ther_te=mp']
  .map((name) => channel(name))
  .concat(channel('cpu_p', 0, 100));
const build = (options: unknown = {}) =>
  lineProtocolDecoder.build(lineProtocolDecoder.options.parse(options), context(channels));
const decode = (text: string, options: unknown = {}) => build(options).decode(record(text));
const ns = `${nowMs}000000`;

test('the examples of the spec validate and build', () => {
  for (const example of lineProtocolDecoder.examples) {
    assert.doesNotThrow(() => lineProtocolDecoder.build(lineProtocolDecoder.options.parse(example), context()));
  }
});

describe('lines', () => {
  test('several lines a message, as Telegraf writes them', () => {
    const decoded = decode(
      `cpu,cpu=cpu0,host=web-1 idle=98.5,busy=1.5 ${ns}\ndisk,host=web-1,path=/ used=7i,label="a, b=c",ro=f ${ns}\n`,
    );
    assert.deepEqual(lines(decoded), [`web-1@${nowMs} 0=98.5 1=1.5`, `web-1@${nowMs} 2=7`]);
    assert.deepEqual(decoded.rejected, []);
  });

  test('every kind of value', () => {
    const one = (value: string) => lines(decode(`cpu,host=h idle=${value} ${ns}`))[0]?.split(' ')[1];
    assert.equal(one('1'), '0=1');
    assert.equal(one('-1.25e-3'), '0=-0.00125');
    assert.equal(one('.5'), '0=0.5');
    assert.equal(one('12i'), '0=12');
    assert.equal(one('-12i'), '0=-12');
    assert.equal(one('12u'), '0=12');
    for (const word of ['t', 'T', 'true', 'True', 'TRUE']) assert.equal(one(word), '0=1');
    for (const word of ['f', 'F', 'false', 'False', 'FALSE']) assert.equal(one(word), '0=0');
    assert.equal(one('"12"'), undefined);
    assert.equal(one('NaN'), undefined);
  });

  test('escapes, quotes, comments, empty lines, carriage returns, line breaks in strings', () => {
    const decoded = decode(
      `# comment\r\n\r\nwea\\ ther,host=a\\,b\\=c\\ d te\\=mp=5 ${ns}\r\ncpu,host=h s="x\\"y\\\\",m="two\nlines, idle=9",idle=3 ${ns}`,
    );
    assert.deepEqual(lines(decoded), [`a,b=c d@${nowMs} 3=5`, `h@${nowMs} 0=3`]);
    assert.deepEqual(decoded.rejected, []);
  });

  test('precisions', () => {
    assert.deepEqual(lines(decode(`cpu,host=h idle=1 ${nowMs}123`, { precision: 'us' })), [`h@${nowMs} 0=1`]);
    assert.deepEqual(lines(decode(`cpu,host=h idle=1 ${nowMs}`, { precision: 'ms' })), [`h@${nowMs} 0=1`]);
    assert.deepEqual(lines(decode(`cpu,host=h idle=1 ${nowMs / 1000}`, { precision: 's' })), [`h@${nowMs} 0=1`]);
    assert.deepEqual(lines(decode(`cpu,host=h idle=1 ${nowMs - 1}999999`)), [`h@${nowMs - 1} 0=1`], 'cut, not rounded');
    assert.deepEqual(lines(decode('cpu,host=h idle=1')), [`h@${nowMs - 1000} 0=1`], 'the message’s own time');
  });

  test('series from several tags, channels by field alone', () => {
    const options = { series_tag: ['site', 'host'], channel: 'field' };
    const decoder = lineProtocolDecoder.build(lineProtocolDecoder.options.parse(options), context());
    assert.deepEqual(lines(decoder.decode(record(`x,host=h,site=s a=1,b=2 ${ns}`))), [`s/h@${nowMs} 0=1 1=2`]);
    assert.deepEqual(reasons(decoder.decode(record(`x,host=h a=1 ${ns}`))), ['series_missing']);
  });
});

describe('what cannot be used', () => {
  test('a bad line leaves its neighbours alone and is kept alone', () => {
    const decoded = decode(`cpu,host=h idle=1 ${ns}\ncpu,host=h idle= ${ns}\ncpu,host=h idle=2 ${ns}`);
    assert.deepEqual(lines(decoded), [`h@${nowMs} 0=1`, `h@${nowMs} 0=2`]);
    assert.deepEqual(reasons(decoded), ['parse_error']);
    assert.equal(Buffer.from(decoded.rejected[0]?.raw as Uint8Array).toString(), `cpu,host=h idle= ${ns}`);
    assert.match(decoded.rejected[0]?.detail ?? '', /^column 17: expected a field value/);
  });

  test('every kind of broken line', () => {
    const broken = [
      'cpu',
      'cpu,host=h',
      'cpu,host=h ',
      'cpu,host= idle=1',
      'cpu,host idle=1',
      'cpu,=h idle=1',
      ',host=h idle=1',
      'cpu,host=h idle',
      'cpu,host=h =1',
      'cpu,host=h idle=abc',
      'cpu,host=h idle=1 12.5',
      'cpu,host=h idle=1 1 2',
      'cpu,host=h s="x',
      'cpu,host=h idle=1,',
      'cpu,host=h s="x"y',
      'cpu,host=h idle=0x10',
      'cpu,host=h idle=1ii',
      'cpu,host=h idle=1 99999999999999999999',
    ];
    for (const text of broken) assert.deepEqual(reasons(decode(text)), ['parse_error'], text);
  });

  test('values and times out of bounds', () => {
    assert.deepEqual(reasons(decode(`cpu,host=h idle=inf,busy=1 ${ns}`)), ['value_not_finite']);
    assert.deepEqual(reasons(decode(`cpu,host=h p=101 ${ns}`)), ['value_out_of_bounds']);
    assert.deepEqual(reasons(decode('cpu,host=h idle=1 5')), ['time_invalid']);
    assert.deepEqual(reasons(decode(`cpu,host=h idle=1 -${ns}`)), ['time_invalid']);
    assert.deepEqual(reasons(decode(`cpu,host=h idle=1 ${nowMs + 61_000}000000`)), ['time_in_future']);
    assert.deepEqual(reasons(build().decode({ ...record('cpu,host=h idle=1'), timestampMs: null })), ['time_missing']);
    assert.deepEqual(reasons(decode(`cpu idle=1 ${ns}`)), ['series_missing']);
    assert.deepEqual(reasons(decode(`cpu,host=h other=1 ${ns}`)), []);
    assert.deepEqual(reasons(decode(`cpu,host=h other=1 ${ns}`, { unknown_channels: 'reject' })), ['channel_unknown']);
  });

  test('nothing to read', () => {
    assert.deepEqual(reasons(decode('')), ['empty']);
    assert.deepEqual(reasons(decode('\n \n# only a comment\n')), ['empty']);
    assert.deepEqual(reasons(build().decode(record(null))), ['empty']);
  });
});
