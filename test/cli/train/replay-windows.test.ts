import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { inGroups, replayWindows } from '../../../src/cli/train/replay-windows.ts';
import { madeUpConfig, madeUpModel, madeUpSeries, minuteMs } from './made-up-model.ts';

const config = await madeUpConfig();
const whole = madeUpSeries(400);
const { model } = madeUpModel([whole], config);
const { length_steps: length, stride_steps: stride } = config.window;

describe('replayWindows', () => {
  test('every new row of its windows is in the stretch, and nearly every row of the stretch is new once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 399 }), fc.integer({ min: 1, max: 400 }), (from, to) => {
        fc.pre(from < to);
        const rows: number[] = [];
        for (const { endMs, newRows } of replayWindows({ series: whole, from, to }, model, config)) {
          const last = (endMs - whole.startMs) / minuteMs;
          for (let k = newRows - 1; k >= 0; k--) rows.push(last - k);
        }
        assert.ok(rows.every((row) => row >= from && row < to));
        assert.ok(rows.every((row, i) => i === 0 || row === (rows[i - 1] as number) + 1));
        // a stretch begins and ends within the stride of a window, and where nothing came before a whole one is needed first
        const warm = Math.max(from, length - 1);
        assert.ok(rows.length >= to - warm - 2 * stride, `${rows.length} of ${from}..${to}`);
      }),
      { numRuns: 40 },
    );
  });

  test('a window holds the rows before the stretch as its context, and nothing behind it', () => {
    const [first] = replayWindows({ series: whole, from: 200, to: 260 }, model, config);
    const last = ((first?.endMs ?? 0) - whole.startMs) / minuteMs;
    assert.deepEqual(first?.values, whole.values.slice((last - length + 1) * 3, (last + 1) * 3));
    const blind = { ...whole, values: whole.values.map((value, i) => (i < 260 * 3 ? value : Number.NaN)) };
    const of = (series: typeof whole) => [...replayWindows({ series, from: 200, to: 260 }, model, config)];
    assert.deepEqual(of(blind), of(whole));
  });

  test('what was gridded is not gridded again: the rate of a counter stays what it is', () => {
    const rates = {
      ...config,
      channels: config.channels.map((channel) => ({ ...channel, aggregate: 'rate' as const })),
    };
    const of = (own: typeof config) => [...replayWindows({ series: whole, from: 200, to: 260 }, model, own)];
    assert.deepEqual(of(rates), of(config));
  });
});

test('inGroups: in order, none lost, none too large', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), (items, size) => {
      const groups = [...inGroups(items, size)];
      assert.deepEqual(groups.flat(), items);
      assert.ok(groups.every((group, i) => (i < groups.length - 1 ? group.length === size : group.length <= size)));
    }),
  );
});
