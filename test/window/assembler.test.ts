import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventTimeMs } from '../../src/core/event-time.ts';
import type { Reading } from '../../src/core/reading.ts';
import { WindowAssembler } from '../../src/window/assembler.ts';
import { at, channel, ended, feed, options, reading, resetOf, seriesOfEvent, watermarkOf, windowsOf } from './feed.ts';

const ramp = (from: number, to: number, series = 's') =>
  Array.from({ length: to - from }, (_, i) => at((from + i) * 10, from + i, series));

const firstChannel = (values: Float64Array) => [...values].filter((_, i) => i % 2 === 0);

describe('WindowAssembler', () => {
  it('emits a window when its end row closes, every stride, after a full window of context', () => {
    const assembler = new WindowAssembler(options());
    const ends: [number, number][] = [];
    ramp(0, 9).forEach((cell, offset) => {
      for (const window of windowsOf(assembler.push(reading(cell, offset)))) ends.push([cell.timeMs, window.endMs]);
    });
    // Rows r with (r + 1) % 2 = 0, r >= 3; row r closes with the first reading at (r + 1) 10.
    assert.deepEqual(ends, [
      [40, 30],
      [60, 50],
      [80, 70],
    ]);
  });

  it('fills a window with the newest rows, its normaliser with what was known before the new ones', () => {
    const assembler = new WindowAssembler(options());
    const [first, second] = windowsOf(feed(assembler, ramp(0, 7)));
    assert.deepEqual(firstChannel(first.values), [0, 1, 2, 3]);
    assert.deepEqual(firstChannel(second.values), [2, 3, 4, 5]);
    assert.ok(
      [1, 3, 5, 7].every((i) => Number.isNaN(second.values[i])),
      'channel b was never seen',
    );
    const { values: _v, location, scale, hold, ...rest } = first;
    assert.deepEqual(rest, {
      series: 's',
      endMs: 30,
      stepMs: 10,
      length: 4,
      channels: 2,
      newRows: 2,
      observedFraction: 0.5,
    });
    let [m, w] = [1, 10];
    for (const x of [0, 1]) {
      w = w * 2 ** (-1 / 5000) + 1;
      m += (x - m) / w;
    }
    assert.ok(Math.abs(location[0] - m) < 1e-12);
    assert.equal(location[1], 1, 'the prior, where nothing was seen');
    assert.equal(scale[1], 2);
    assert.deepEqual(hold, { topic: 't', partition: 0, generation: 1, offset: 0 });
  });

  it('starts the normaliser of a series that training has seen from its own statistics, of others from those of all', () => {
    const own = options().prior.map((prior) => ({ ...prior, mean: 70, variance: 9 }));
    const locationsOf = (series: string) => {
      const assembler = new WindowAssembler(options({ seriesPriors: new Map([['known', own]]) }));
      const cells = [0, 10, 20, 30, 40].map((timeMs) => at(timeMs, 70, series));
      const [first] = feed(assembler, cells, true).flatMap((event) => (event.kind === 'window' ? [event.window] : []));
      return first?.location[1];
    };
    assert.deepEqual(['known', 'other'].map(locationsOf), [70, 1]);
  });

  it('keeps rows open for the lateness', () => {
    const late: Reading[] = [];
    const assembler = new WindowAssembler(options({ latenessMs: 15, onLate: (r) => late.push(r) }));
    const cells = [...ramp(0, 5), at(35, 99), at(55), at(31, 77)];
    const [window] = windowsOf(feed(assembler, cells));
    assert.deepEqual(firstChannel(window.values), [0, 1, 2, 99]);
    assert.deepEqual(
      late.map((r) => r.values),
      [[77]],
      'at 55 the watermark is 40: row 3 is closed',
    );
  });

  it('patches later windows with a late reading and leaves the normaliser alone', () => {
    const clean = new WindowAssembler(options());
    const patched = new WindowAssembler(options());
    const [, without] = windowsOf(feed(clean, [...ramp(0, 3), ...ramp(4, 7)]));
    const [, window] = windowsOf(feed(patched, [...ramp(0, 3), ...ramp(4, 6), at(35, 1000), at(60)]));
    assert.deepEqual(firstChannel(window.values), [2, 1000, 4, 5]);
    assert.deepEqual(firstChannel(without.values), [2, Number.NaN, 4, 5]);
    assert.deepEqual(window.location, without.location);
  });

  it('counts and ignores a reading older than the ring, and one of a series that is not live', () => {
    let late = 0;
    const assembler = new WindowAssembler(options({ onLate: () => late++ }));
    feed(assembler, [...ramp(0, 20), at(5), at(-1_000_000), at(120, 1, 'new')]);
    assert.equal(late, 3);
    assert.equal(assembler.seriesCount, 1);
  });

  it('reports a silent series once, drops it, and warms it up afresh', () => {
    const assembler = new WindowAssembler(options());
    const other = ramp(5, 30, 'u');
    const events = feed(assembler, [...ramp(0, 5), ...other]).filter((event) => seriesOfEvent(event) === 's');
    const silences = events.filter((event) => event.kind === 'silent');
    assert.deepEqual(silences, [
      {
        kind: 'silent',
        series: 's',
        lastMs: 40,
        silentForMs: 50,
        hold: { topic: 't', partition: 0, generation: 1, offset: 4 },
      },
    ]);
    assert.equal(events.at(-1), silences[0], 'nothing after the silence');
    assert.equal(assembler.seriesCount, 1);
    const normalizer = assembler.takeState('s', 90)?.normalizer;

    const back = windowsOf(ramp(30, 40).flatMap((cell, i) => [...assembler.push(reading(cell, 100 + i))]));
    const [first] = back.filter((window) => window.series === 's');
    assert.equal(first.endMs, 310, 'the first end after row 30, and not four rows of context later');
    assert.deepEqual(firstChannel(first.values), [Number.NaN, Number.NaN, 30, 31]);
    assert.equal(first.location[0], normalizer?.mean[0], 'what was ordinary before the silence still is');
  });

  it('begins a series afresh that was silent in a snapshot of a version that kept no normaliser', () => {
    const assembler = new WindowAssembler(options());
    assembler.restore('s', { endMs: 80, lastMs: 40, normalizer: null });
    const back = windowsOf(feed(assembler, ramp(30, 40)));
    assert.deepEqual(
      back.map(({ endMs }) => endMs),
      [330, 350, 370],
    );
  });

  it('tells of rows that late readings changed, once', () => {
    const assembler = new WindowAssembler(options());
    const events = feed(assembler, [...ramp(0, 3), ...ramp(4, 6), at(35, 1000), ...ramp(6, 12)]);
    assert.deepEqual(
      windowsOf(events).map(({ endMs, patchedRows }) => [endMs, patchedRows]),
      [
        [30, undefined],
        [50, [1]],
        [70, undefined],
        [90, undefined],
      ],
    );
  });

  it('a device whose clock is fast waits for its row, and closes none of its neighbours', () => {
    const hourMs = 3_600_000;
    const run = (aheadMsMax: number, aheadMs: number) => {
      let late = 0;
      const assembler = new WindowAssembler(options({ aheadMsMax, onLate: () => late++ }));
      const events = ramp(0, 20).flatMap(({ timeMs }, i) => [
        ...assembler.push({ ...reading(at(timeMs + aheadMs, i, 'fast'), 2 * i), arrivalMs: timeMs }),
        ...assembler.push(reading(at(timeMs), 2 * i + 1)),
      ]);
      const before = windowsOf(events).map(({ series, endMs }) => [series, endMs]);
      const after = windowsOf(assembler.close(ended())).filter(({ series }) => series === 'fast');
      return { late, watermarkMs: watermarkOf(assembler, 0), before, after: after.at(-1)?.endMs };
    };
    const fast = run(30, 30);
    assert.equal(fast.late, 0);
    assert.deepEqual(
      fast.before.filter(([series]) => series === 's').map(([, endMs]) => endMs),
      [30, 50, 70, 90, 110, 130, 150, 170],
    );
    assert.equal(fast.after, 210, 'the end of the partition closes what waited');
    assert.ok(run(30, hourMs).late > 10, 'what decoders refuse would move the watermark, for the ring keeps no more');
  });

  it('does not loop over a jump ahead of millions of rows', () => {
    const yearMs = 365 * 86_400_000;
    const assembler = new WindowAssembler(options({ silentAfterMs: 100 * yearMs }));
    const events = feed(assembler, [...ramp(0, 5), at(yearMs), at(yearMs + 5)]);
    assert.deepEqual(
      windowsOf(events).map((window) => window.endMs),
      [30, 50, 70],
      'windows that hold any reading',
    );
  });

  it('closes what an idle partition has begun; what still comes for it is late', () => {
    let late = 0;
    const assembler = new WindowAssembler(options({ latenessMs: 1000, onLate: () => late++ }));
    assert.deepEqual(feed(assembler, ramp(0, 6)), []);
    const idle = assembler.handle({ kind: 'idle', topic: 't', partition: 0 });
    assert.deepEqual(
      windowsOf(idle).map((window) => window.endMs),
      [30, 50],
    );
    assert.deepEqual(assembler.idle('t', 0), []);
    assert.deepEqual(assembler.idle('t', 7), [], 'a partition never seen');
    assembler.push(reading(at(59, 7), 6));
    assert.equal(late, 1);
    const after = ramp(6, 8).flatMap((cell, i) => [...assembler.push(reading(cell, 7 + i))]);
    assert.deepEqual(after, []);
    assert.deepEqual(firstChannel(windowsOf(assembler.idle('t', 0))[0].values), [4, 7, 6, 7]);
  });

  it('flushes a partition that ended, and only drops one that was taken away', () => {
    const both = [true, false].map((isEnd) => {
      const assembler = new WindowAssembler(options());
      feed(assembler, ramp(0, 4));
      const events = assembler.handle(ended(0, 1, isEnd));
      assert.equal(assembler.seriesCount, 0);
      assert.equal(assembler.oldestNeeded('t', 0), null);
      assert.deepEqual(assembler.push(reading(at(1000), 50)), [], 'void: the assignment is over');
      assert.equal(assembler.seriesCount, 0);
      return windowsOf(events).map((window) => window.endMs);
    });
    assert.deepEqual(both, [[30], []]);
  });

  it('forgets series and watermark of a partition on reset, and ignores the older generation', () => {
    const late: Reading[] = [];
    const assembler = new WindowAssembler(options({ onLate: (r) => late.push(r) }));
    feed(assembler, [...ramp(0, 3), at(100_000)]);
    assembler.push(reading(at(0, 0, 'elsewhere'), 0, 1));
    assembler.handle(resetOf());
    assert.equal(assembler.seriesCount, 1);
    assert.equal(watermarkOf(assembler, 0), null);
    assert.deepEqual(assembler.push(reading(at(200_000), 5, 0, 1)), []);
    assert.equal(assembler.seriesCount, 1, 'a straggler of generation 1');
    const again = ramp(0, 5).flatMap((cell, i) => [...assembler.push(reading(cell, i, 0, 2))]);
    assert.deepEqual(
      windowsOf(again).map((window) => [window.endMs, window.hold.generation]),
      [[30, 2]],
    );
    assert.deepEqual(assembler.handle(resetOf(0, 1)), [], 'an old reset');
    assert.equal(watermarkOf(assembler, 0), 40);
    assert.equal(late.length, 0);
  });

  it('takes a reading of a newer generation as the reset that came with it', () => {
    const assembler = new WindowAssembler(options());
    feed(assembler, ramp(0, 3));
    assembler.push(reading(at(30), 3, 0, 2));
    const [window] = windowsOf(ramp(4, 9).flatMap((cell, i) => [...assembler.push(reading(cell, 4 + i, 0, 2))]));
    assert.equal(window.endMs, 70, 'rows 0 to 2 are void');
  });

  it('keeps the watermarks of partitions apart', () => {
    const assembler = new WindowAssembler(options());
    assembler.push(reading(at(1_000_000, 1, 'ahead'), 0, 1));
    const events = feed(assembler, ramp(0, 5));
    assert.deepEqual(
      windowsOf(events).map((window) => window.endMs),
      [30],
    );
    assert.equal(watermarkOf(assembler, 1), 1_000_000);
    assert.deepEqual(assembler.seriesOf('t', 1), ['ahead']);
    assert.deepEqual(assembler.seriesOf('t', 9), []);
  });

  it('evicts the least recently active series over all partitions', () => {
    const evicted: string[] = [];
    const assembler = new WindowAssembler(options({ seriesMax: 2, onEvicted: (series) => evicted.push(series) }));
    assembler.push(reading(at(0, 0, 'a'), 0, 0));
    assembler.push(reading(at(0, 0, 'b'), 0, 1));
    assembler.push(reading(at(1, 0, 'a'), 1, 0));
    assembler.push(reading(at(1, 0, 'c'), 2, 0));
    assert.deepEqual(evicted, ['b']);
    assert.equal(assembler.seriesCount, 2);
    assert.equal(assembler.oldestNeeded('t', 1), null, 'its hold is released');
  });

  it('needs the whole life of a series until its first window, then the rows of the next', () => {
    const assembler = new WindowAssembler(options());
    const needed = ramp(0, 9).map((cell, offset) => {
      assembler.push(reading(cell, 10 + offset));
      return assembler.oldestNeeded('t', 0);
    });
    assert.deepEqual(needed, [10, 10, 10, 10, 10, 11, 12, 13, 14]);
  });

  it('holds the newest reading at or before the window, so that a replay finds the series warm', () => {
    const assembler = new WindowAssembler(options({ silentAfterMs: 1000 }));
    // Rows 3 to 6 are empty: the window of rows 4 to 7 leans on the reading of row 2.
    const windows = windowsOf(feed(assembler, [...ramp(0, 3), at(70), at(80)]));
    assert.deepEqual(
      windows.map((window) => [window.endMs, window.hold.offset]),
      [
        [30, 0],
        [50, 2],
        [70, 2],
      ],
    );
  });

  it('gives the state that belongs to an event, and goes on from it', () => {
    const cells = ramp(0, 9);
    const assembler = new WindowAssembler(options());
    const windows = windowsOf(feed(assembler, cells));
    assert.equal(assembler.takeState('s', 29), null, 'before the first event');
    const state = assembler.takeState('s', windows[1].endMs);
    assert.equal(state?.endMs, 50);
    assert.equal(assembler.takeState('s', windows[0].endMs), null, 'older than what was taken');

    const again = new WindowAssembler(options());
    again.restore('s', JSON.parse(JSON.stringify(state)));
    const replayed = windowsOf(feed(again, cells));
    assert.deepEqual(
      replayed.map((window) => window.endMs),
      [70],
      'delivered windows are not emitted again',
    );
    assert.deepEqual(replayed[0].location, windows[2].location);
    assert.deepEqual(replayed[0].scale, windows[2].scale);
  });

  it('does not bring a delivered silence, or the life before it, back', () => {
    const cells = [...ramp(0, 5), ...ramp(5, 12, 'u'), ...ramp(12, 18)];
    const assembler = new WindowAssembler(options());
    const events = feed(assembler, cells);
    const silence = events.find((event) => event.kind === 'silent');
    assert.ok(silence);
    const state = assembler.takeState('s', eventTimeMs(silence));
    assert.deepEqual([state?.silent, state?.normalizer?.mean.length], [true, 2]);

    const again = new WindowAssembler(options());
    again.restore('s', state);
    const replayed = feed(again, cells).filter((event) => seriesOfEvent(event) === 's');
    assert.deepEqual(replayed.map(eventTimeMs), [130, 150]);
    again.restore('s', state);
    again.restore('s', null);
    again.reset(resetOf(0, 2));
    const fresh = cells.flatMap((cell, i) => [...again.push(reading(cell, i, 0, 2))]);
    assert.ok(
      fresh.some((event) => event.kind === 'silent'),
      'a snapshot taken back counts no more',
    );
  });

  it('refuses options that cannot work', () => {
    const invalid = { code: 'CONFIG_INVALID' };
    for (const changes of [
      { stepMs: 0 },
      { stride: 5 },
      { length: 0 },
      { latenessMs: -1 },
      { seriesMax: 0 },
      { prior: [] },
    ]) {
      assert.throws(() => new WindowAssembler(options(changes)), invalid, JSON.stringify(changes));
    }
    assert.throws(() => new WindowAssembler(options({ channels: [channel('a')], prior: options().prior })), invalid);
  });

  it('refuses a snapshot of other channels', () => {
    const assembler = new WindowAssembler(options());
    const normalizer = { mean: [0], variance: [1], absMax: [1], weight: [1] };
    assembler.restore('s', { endMs: 0, lastMs: 0, normalizer });
    assert.throws(() => assembler.push(reading(at(10), 0)), { code: 'STATE_INVALID' });
  });
});
