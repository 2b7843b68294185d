import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import { jsonDecoder } from '../../src/decode/json.ts';
import { channel, context, limits, lines, nowMs, reasons, record } from './made-up.ts';

const build = (options: unknown = {}) => jsonDecoder.build(jsonDecoder.options.parse(options), context());
const decode = (message: unknown, options: unknown = {}, key?: string | null) =>
  build(options).decode(record(typeof message === 'string' ? message : JSON.stringify(message), key));

const bySeries = { series: { path: 'device' } };

test('the examples of the spec validate and build', () => {
  for (const example of jsonDecoder.examples) {
    const options = jsonDecoder.options.parse({ ...example, rename: {} });
    assert.doesNotThrow(() => jsonDecoder.build(options, context()));
  }
});

describe('wide', () => {
  test('an object is a reading; its position is the record’s', () => {
    const decoded = decode({ time: nowMs, device: 'd1', a: 1.5, b: -2, other: 'x' }, bySeries);
    assert.deepEqual(lines(decoded), [`d1@${nowMs} 0=1.5 1=-2`]);
    assert.deepEqual(decoded.rejected, []);
    assert.deepEqual(decoded.readings[0]?.position, record('').position);
  });

  test('missing cells are no error; a reading without cells shows that the device is alive', () => {
    for (const missing of [null, '', '  ', 'NaN', 'nan', 'null', 'NA']) {
      const decoded = decode({ time: nowMs, a: missing, b: 1 });
      assert.deepEqual(lines(decoded), [`default@${nowMs} 1=1`], String(missing));
      assert.deepEqual(decoded.rejected, []);
    }
    assert.deepEqual(lines(decode({ time: nowMs })), [`default@${nowMs}`]);
  });

  test('numeric strings are numbers, booleans 0 and 1', () => {
    assert.deepEqual(lines(decode({ time: nowMs, a: ' 1e2 ', b: true, p: '.5' })), [
      `default@${nowMs} 0=100 1=1 2=0.5`,
    ]);
    assert.deepEqual(lines(decode({ time: nowMs, a: '+7.', b: false })), [`default@${nowMs} 0=7 1=0`]);
  });

  test('a cell that cannot be used costs its channel only, and says why', () => {
    const decoded = decode({ time: nowMs, a: 'abc', b: 'Infinity', p: 101 });
    assert.deepEqual(lines(decoded), [`default@${nowMs}`]);
    assert.deepEqual(reasons(decoded).sort(), ['value_invalid', 'value_not_finite', 'value_out_of_bounds']);
    const details = decoded.rejected.map(({ detail }) => detail).sort();
    assert.deepEqual(details, [
      'a: expected a number, got "abc"',
      'b: "Infinity" is not finite',
      'p: 101 is outside [0, 100]',
    ]);
    const neighbour = decode({ time: nowMs, a: {}, b: [1], p: 50 });
    assert.deepEqual(lines(neighbour), [`default@${nowMs} 2=50`]);
    assert.deepEqual(reasons(neighbour), ['value_invalid'], 'cells of one reason share a dead letter');
    assert.match(neighbour.rejected[0]?.detail ?? '', /a: .*an object; b: .*an array/);
  });

  test('the bounds of a channel belong to it', () => {
    assert.deepEqual(lines(decode({ time: nowMs, p: 0 })), [`default@${nowMs} 2=0`]);
    assert.deepEqual(lines(decode({ time: nowMs, p: 100 })), [`default@${nowMs} 2=100`]);
    assert.deepEqual(reasons(decode({ time: nowMs, p: -1e-9 })), ['value_out_of_bounds']);
  });

  test('strings that look like numbers to JavaScript alone are refused', () => {
    for (const text of ['0x10', '1_000', '1,5', '1 2', '12px', '--1', 'e5', '9'.repeat(65)]) {
      assert.deepEqual(reasons(decode({ time: nowMs, a: text })), ['value_invalid'], text);
    }
  });

  test('an array is a reading each; one bad element leaves the others alone and is kept alone', () => {
    const decoded = decode([{ time: nowMs, a: 1 }, 7, { time: nowMs + 1000, a: 2 }, { a: 3 }]);
    assert.deepEqual(lines(decoded), [`default@${nowMs} 0=1`, `default@${nowMs + 1000} 0=2`]);
    assert.deepEqual(reasons(decoded), ['not_an_object', 'time_missing']);
    assert.deepEqual(
      decoded.rejected.map(({ raw }) => Buffer.from(raw as Uint8Array).toString()),
      ['7', '{"a":3}'],
    );
    assert.deepEqual(reasons(decode([])), ['no_values']);
  });

  test('values may stand deeper; unknown names there are refused, at the top they are ignored', () => {
    const options = { values: { path: 'data.now' } };
    const message = { time: nowMs, data: { now: { a: 1, x: 2 } } };
    const decoded = decode(message, options);
    assert.deepEqual(lines(decoded), [`default@${nowMs} 0=1`]);
    assert.deepEqual(reasons(decoded), ['channel_unknown']);
    assert.deepEqual(reasons(decode(message, { ...options, unknown_channels: 'ignore' })), []);
    assert.deepEqual(reasons(decode({ time: nowMs }, options)), ['no_values']);
    assert.deepEqual(reasons(decode({ time: nowMs, data: { now: 5 } }, options)), ['not_an_object']);
    const strict = decode({ time: nowMs, device: 'd', a: 1, x: 1 }, { ...bySeries, unknown_channels: 'reject' });
    assert.deepEqual(
      strict.rejected.map(({ detail }) => detail),
      ['"x"'],
      'time and series are not unknown',
    );
  });

  test('rename by field and by dotted path, literal names first', () => {
    const options = { rename: { temp: 'a', 'motor.rpm': 'b' } };
    assert.deepEqual(lines(decode({ time: nowMs, temp: 1, motor: { rpm: 2 } }, options)), [`default@${nowMs} 0=1 1=2`]);
    assert.deepEqual(lines(decode({ time: nowMs, 'motor.rpm': 3, motor: { rpm: 2 } }, options)), [
      `default@${nowMs} 1=3`,
    ]);
    assert.throws(
      () => build({ rename: { x: 'nope' } }),
      (error: unknown) =>
        error instanceof DriftcastError && error.code === 'CONFIG_INVALID' && /"nope"/.test(error.message),
    );
  });
});

describe('narrow', () => {
  const narrow = { layout: 'narrow', ...bySeries };

  test('one value of one channel', () => {
    assert.deepEqual(lines(decode({ time: nowMs, device: 'd', channel: 'b', value: 4 }, narrow)), [`d@${nowMs} 1=4`]);
    const paths = { ...narrow, channel_path: 'tag.name', value_path: 'tag.v', rename: { T: 'a' } };
    assert.deepEqual(lines(decode({ time: nowMs, device: 'd', tag: { name: 'T', v: 9 } }, paths)), [`d@${nowMs} 0=9`]);
  });

  test('missing values, unknown channels and bad values', () => {
    assert.deepEqual(lines(decode({ time: nowMs, device: 'd', channel: 'b' }, narrow)), [`d@${nowMs}`]);
    const unknown = { time: nowMs, device: 'd', channel: 'zzz', value: 1 };
    assert.deepEqual(reasons(decode(unknown, narrow)), ['channel_unknown']);
    assert.deepEqual(reasons(decode(unknown, { ...narrow, unknown_channels: 'ignore' })), []);
    assert.deepEqual(reasons(decode({ time: nowMs, device: 'd', value: 1 }, narrow)), ['channel_unknown']);
    assert.deepEqual(reasons(decode({ time: nowMs, device: 'd', channel: 'p', value: 1e9 }, narrow)), [
      'value_out_of_bounds',
    ]);
  });
});

describe('time and series', () => {
  test('time formats', () => {
    assert.deepEqual(lines(decode({ time: '2026-03-01T12:00:00Z' })), [`default@${nowMs}`]);
    assert.deepEqual(lines(decode({ time: nowMs / 1000 + 0.5 })), [`default@${nowMs + 500}`]);
    assert.deepEqual(lines(decode({ meta: { ts: nowMs } }, { time: { path: 'meta.ts', format: 'epoch_ms' } })), [
      `default@${nowMs}`,
    ]);
    assert.deepEqual(lines(decode({ a: 1 }, { time: { format: 'record' } })), [`default@${nowMs - 1000} 0=1`]);
  });

  test('times that cannot be used', () => {
    assert.deepEqual(reasons(decode({ a: 1 })), ['time_missing']);
    assert.deepEqual(reasons(decode({ time: null })), ['time_missing']);
    assert.deepEqual(reasons(decode({ time: -5 })), ['time_invalid']);
    assert.deepEqual(reasons(decode({ time: 'soon' })), ['time_invalid']);
    assert.deepEqual(reasons(decode({ time: nowMs + 60_001 })), ['time_in_future']);
    assert.deepEqual(reasons(decode({ time: nowMs + 60_000 })), []);
    const timeless = build({ time: { format: 'record' } }).decode({ ...record('{}'), timestampMs: null });
    assert.deepEqual(reasons(timeless), ['time_missing']);
  });

  test('a clock that is fast is measured by the timestamp of the message, and borne up to a limit', () => {
    const arrivalMs = nowMs - 1000;
    const own = { ...context(), limits: { ...limits, aheadOfArrivalMsMax: 5000 } };
    const bounded = jsonDecoder.build(jsonDecoder.options.parse({}), own);
    const told = (aheadMs: number, timestampMs: number | null = arrivalMs) =>
      bounded.decode({ ...record(JSON.stringify({ time: arrivalMs + aheadMs, a: 1 })), timestampMs });
    assert.deepEqual(
      [-1, 0, 5000].map((aheadMs) => told(aheadMs).readings[0]?.arrivalMs),
      [undefined, undefined, arrivalMs],
    );
    assert.deepEqual(reasons(told(5001)), ['time_ahead_of_arrival']);
    assert.match(told(5001).rejected[0]?.detail ?? '', /is 5001 ms ahead .* window.ahead_of_arrival_ms_max is 5000/);
    assert.deepEqual(reasons(told(5001, null)), [], 'without a timestamp there is nothing to measure by');
  });

  test('plans may be further ahead, readings not', () => {
    const channels = [channel('a'), { ...channel('b'), kind: 'command' as const, knownAhead: true }];
    const own = { ...context(channels), limits: { ...limits, planAheadMs: 600_000, aheadOfArrivalMsMax: 62_000 } };
    const planning = jsonDecoder.build(jsonDecoder.options.parse({}), own);
    const told = (message: object) => planning.decode(record(JSON.stringify(message)));
    assert.deepEqual(lines(told({ time: nowMs + 660_000, b: 1 })), [`default@${nowMs + 660_000} 1=1`]);
    assert.deepEqual(reasons(told({ time: nowMs + 660_001, b: 1 })), ['time_in_future']);
    assert.deepEqual(reasons(told({ time: nowMs + 60_001, a: 1, b: 1 })), ['time_in_future']);
    assert.deepEqual(reasons(told({ time: nowMs + 60_001 })), ['time_in_future'], 'no cell is no plan');
    assert.match(
      told({ time: nowMs + 660_001, b: 1 }).rejected[0]?.detail ?? '',
      /future_ms_max is 60000, window.plan_ahead_ms 600000/,
    );
    assert.deepEqual(reasons(told({ time: nowMs + 60_000, a: 1 })), []);
  });

  test('series names', () => {
    assert.deepEqual(lines(decode({ time: nowMs, device: ' x ' }, bySeries)), [`x@${nowMs}`]);
    assert.deepEqual(lines(decode({ time: nowMs, device: 12 }, bySeries)), [`12@${nowMs}`]);
    assert.deepEqual(lines(decode({ time: nowMs }, { series: { key: true } }, 'k1')), [`k1@${nowMs}`]);
    assert.deepEqual(lines(decode({ time: nowMs }, { series: { constant: 'c' } })), [`c@${nowMs}`]);
    assert.deepEqual(reasons(decode({ time: nowMs }, { series: { key: true } }, null)), ['series_missing']);
    assert.deepEqual(reasons(decode({ time: nowMs }, bySeries)), ['series_missing']);
    for (const device of ['', '  ', 'a\nb', '\u0000', 'x'.repeat(41), true, [], {}, '\ud800']) {
      assert.deepEqual(reasons(decode({ time: nowMs, device }, bySeries)), ['series_invalid'], JSON.stringify(device));
    }
  });
});

describe('hostile and broken messages', () => {
  test('empty, too large, too deep, no JSON, no UTF-8', () => {
    assert.deepEqual(reasons(build().decode(record(null))), ['empty']);
    assert.deepEqual(reasons(build().decode(record(''))), ['empty']);
    assert.deepEqual(reasons(decode(`{"a":"${'x'.repeat(5000)}"}`)), ['too_large']);
    assert.deepEqual(reasons(decode('['.repeat(3000))), ['too_deep']);
    assert.deepEqual(reasons(decode('{"a":[[[[[[1]]]]]]}')), ['too_deep']);
    assert.deepEqual(reasons(decode('{"time":1,')), ['parse_error']);
    assert.deepEqual(reasons(build().decode(record(Uint8Array.of(0x22, 0xff, 0x22)))), ['parse_error']);
    for (const text of ['1', '"x"', 'null', 'true']) assert.deepEqual(reasons(decode(text)), ['not_an_object']);
  });

  test('brackets inside strings do not count as nesting', () => {
    const decoded = decode({ time: nowMs, note: '[[[[[[[[{{{{"\\', a: 1 });
    assert.deepEqual(lines(decoded), [`default@${nowMs} 0=1`]);
  });

  test('Python’s bare NaN is missing, its Infinity is refused', () => {
    const decoded = decode(`{"time": ${nowMs}, "a": NaN, "b": -Infinity, "p": 3, "note": "NaN \\" NaN"}`);
    assert.deepEqual(lines(decoded), [`default@${nowMs} 2=3`]);
    assert.deepEqual(reasons(decoded), ['value_not_finite']);
    assert.deepEqual(reasons(decode('{"a": NaNNaN}')), ['parse_error']);
  });

  test('names of prototypes are names like any other', () => {
    const text = `{"time":${nowMs},"__proto__":{"a":1,"device":"evil"},"constructor":{"name":"x"},"toString":5}`;
    assert.deepEqual(lines(decode(text)), [`default@${nowMs}`]);
    for (const path of ['__proto__.device', 'constructor.prototype', 'toString.length', 'hasOwnProperty']) {
      assert.deepEqual(reasons(decode(`{"time":${nowMs}}`, { series: { path } })), ['series_missing'], path);
    }
    assert.deepEqual(
      lines(decode(text, { series: { path: '__proto__.device' } })),
      [`evil@${nowMs}`],
      'an own property',
    );
    assert.equal(({} as Record<string, unknown>).device, undefined);
  });

  test('a dead letter keeps where it came from and a cut copy of the message', () => {
    const value = Buffer.from(`{"note":"${'y'.repeat(100)}"}`);
    const { rejected } = build().decode({ ...record(''), value });
    const [letter] = rejected;
    assert.equal(letter?.raw?.length, 64);
    value.fill(0);
    assert.equal(
      Buffer.from(letter?.raw as Uint8Array)
        .toString()
        .slice(0, 10),
      '{"note":"y',
    );
    assert.deepEqual(letter?.position, { topic: 't', partition: 3, generation: 2, offset: 41 });
    assert.equal(letter?.key, 'the-key');
    assert.equal(letter?.timeMs, nowMs - 1000);
  });

  test('details are cut and many bad cells make one dead letter', () => {
    const wide = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x${i}`.repeat(3), 1]));
    const { rejected } = decode({ time: nowMs, ...wide }, { unknown_channels: 'reject' });
    assert.equal(rejected.length, 1);
    assert.match(rejected[0]?.detail ?? '', /; and 190 more$/);
    const long = decode(
      { time: nowMs, ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => ['z'.repeat(80) + i, 1])) },
      { unknown_channels: 'reject' },
    );
    assert.ok((long.rejected[0]?.detail.length ?? 0) <= 500);
  });
});
