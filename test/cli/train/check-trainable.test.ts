import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { History } from '../../../src/cli/history/collect-history.ts';
import { timingOf } from '../../../src/cli/history/timing.ts';
import { checkTrainable, leftOut } from '../../../src/cli/train/check-trainable.ts';
import { DriftcastError } from '../../../src/core/errors.ts';
import type { Reading } from '../../../src/core/reading.ts';
import type { ModelBasis } from '../../../src/diffusion/model.ts';
import { gridHistory } from '../../../src/window/history.ts';
import { madeUpConfig, minuteMs, startMs } from './made-up-model.ts';

const config = await madeUpConfig(); // a, b, c; rows of a minute; windows of 32 rows
const position = { topic: 't', partition: 0, generation: 1, offset: 0 };

const reading = (minute: number, channels = [0, 1, 2], value = minute, series = 's'): Reading => ({
  series,
  timeMs: startMs + minute * minuteMs,
  channels,
  values: channels.map((c) => value + c),
  position,
});
const every = (rows: number, minutes = 1, channels?: number[]) =>
  Array.from({ length: rows }, (_, i) => reading(i * minutes, channels));

function historyOf(readings: readonly Reading[], changes: Partial<History> = {}): History {
  return {
    series: gridHistory(readings, config.channels, minuteMs),
    readings: readings.length,
    outside: 0,
    late: 0,
    timing: timingOf(readings),
    names: new Set(['a', 'b', 'c']),
    rejected: new Map(),
    ...changes,
  };
}
const check = (history: History, allowMissing = false) => checkTrainable(history, config, 'x.csv', allowMissing);
const refuses = (history: History, message: RegExp, hint: RegExp, allowMissing = false) =>
  assert.throws(
    () => check(history, allowMissing),
    (error) => {
      assert.ok(error instanceof DriftcastError, String(error));
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      return true;
    },
  );

describe('checkTrainable', () => {
  test('a class that has none of the series is told, with what there is', () => {
    const classes = [
      { name: 'big', series: ['s*'] },
      { name: 'small', series: ['t'] },
    ];
    const told = checkTrainable(historyOf(every(400)), { ...config, classes }, 'x.csv', false);
    assert.deepEqual(
      told.filter((line) => line.includes('class')),
      ['warning: class "small" has none of the series (s)'],
    );
  });

  test('says nothing of good data', () => assert.deepEqual(check(historyOf(every(200))), []));

  test('a channel that is not in the data, with the name that was meant', () => {
    const history = historyOf(every(200, 1, [0, 1]), { names: new Set(['a', 'b', 'C_', 'flow']) });
    refuses(
      history,
      /the data have no channel "c" \(did you mean "C_"\?\)/,
      /--allow-missing\. The data have: a, b, C_, flow/,
    );
    assert.deepEqual(check(history, true), []);
    // known, and without a single value: said elsewhere, no reason to refuse
    assert.deepEqual(check(historyOf(every(200, 1, [0, 1]))), []);
  });

  test('several devices under one name', () => {
    const twice = every(200).flatMap((one) => [one, { ...one, values: one.values.map((v) => v + 50) }]);
    refuses(historyOf(twice), /50 % of the values contradict another one .*series "s"/, /decode\.series/);
    const [same] = [every(200).flatMap((one) => [one, one])];
    assert.deepEqual(check(historyOf(same)), [], 'a message that came twice contradicts nothing');
    const once = [...every(200), reading(7, [0], 99)];
    assert.match(check(historyOf(once)).join(), /1 values contradict another one/);
  });

  test('too short, with a finer step where the readings have one', () => {
    refuses(historyOf(every(90)), /longest series has 90 rows, at least 96/, /longer history, or a smaller/);
    refuses(historyOf(every(900, 0.1)), /has 90 rows/, /a window\.step_ms nearer to the 6s between two readings/);
  });

  test('readings much rarer than rows: the step that was found', () => {
    refuses(
      historyOf(every(200, 15)),
      /only 6\.7 % of the rows of 1m have a value; .* 15m apart/,
      /window\.step_ms to about 15m/,
    );
    assert.match(check(historyOf(every(200, 5))).join(), /warning: readings are 5m apart \(median\), rows 1m/);
  });

  test('readings much denser than rows, where only the last counts', () => {
    assert.match(check(historyOf(every(9000, 1 / 60))).join(), /1s apart \(median\), rows 1m: .* keep one of many/);
  });

  test('irregular times, and times out of order, are said', () => {
    const irregular = Array.from({ length: 400 }, (_, i) => reading(Math.floor(i / 2) * 4 + (i % 2) * 0.01));
    assert.match(check(historyOf(irregular)).join(), /come irregularly, from 600ms to 239400ms apart/);
    assert.match(check(historyOf(every(200), { late: 50 })).join(), /50 of 200 readings are not in the order of time/);
  });

  test('channels that were hardly ever recorded together', async () => {
    const many = await madeUpConfig(
      `channels=${JSON.stringify(Array.from({ length: 12 }, (_, i) => ({ name: `c${i}` })))}`,
    );
    const apart = Array.from({ length: 1200 }, (_, i) => reading(i, [Math.floor(i / 100)]));
    const history = {
      ...historyOf(apart),
      series: gridHistory(apart, many.channels, minuteMs),
      names: new Set(many.channels.map(({ name }) => name)),
    };
    assert.throws(
      () => checkTrainable(history, many, 'x.csv', false),
      /the channels hardly overlap in time: a window of 32 rows has values of 1\d % of them on average/,
    );
  });
});

test('leftOut names constant channels, and those with hardly a value', () => {
  const prior = (variance: number, absMax: number) => ({ mean: 0, variance, absMax, weight: 1 });
  const basis = { active: [1], priors: [prior(0, 5), prior(1, 5), prior(0, 0)] } as unknown as ModelBasis;
  assert.deepEqual(leftOut(basis, config), [
    '  constant, so not modelled: a',
    '  hardly a value or hardly a change, so not modelled: c',
  ]);
  assert.deepEqual(leftOut({ ...basis, active: [0, 1, 2] }, config), []);
});
