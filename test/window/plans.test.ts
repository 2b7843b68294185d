import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Channel } from '../../src/core/channel.ts';
import { eventTimeMs } from '../../src/core/event-time.ts';
import type { Reading } from '../../src/core/reading.ts';
import type { WindowEvent } from '../../src/core/window.ts';
import { WindowAssembler } from '../../src/window/assembler.ts';
import type { WindowOptions } from '../../src/window/options.ts';
import type { SeriesSnapshot } from '../../src/window/series-snapshot.ts';
import {
  bySeries,
  type Cell,
  channel,
  ended,
  feed,
  options,
  reading,
  seriesOfEvent,
  watermarkOf,
  windowsOf,
  withoutHold,
} from './feed.ts';

const target: Channel = { ...channel('target'), kind: 'command', knownAhead: true };
/** a: measured; target: known ahead. Three rows ahead are told, eight kept. */
const planned = (changes: Partial<WindowOptions> = {}): WindowOptions =>
  options({ channels: [channel('a'), target], aheadSteps: 3, planAheadMs: 80, ...changes });

const measured = (timeMs: number, series = 's'): Cell => ({ series, timeMs, values: { 0: timeMs } });
const plan = (timeMs: number, value: number, series = 's'): Cell => ({ series, timeMs, values: { 1: value } });
const rows = (from: number, to: number, series = 's') =>
  Array.from({ length: to - from }, (_, i) => measured((from + i) * 10, series));
const aheadOf = (events: readonly WindowEvent[]) =>
  windowsOf(events).map(({ endMs, ahead }) => [endMs, ...(ahead ?? [])]);
const targetsOf = (events: readonly WindowEvent[]) =>
  windowsOf(events).map(({ values }) => [...values].filter((_, i) => i % 2 === 1));
const { NaN: none } = Number;

describe('plans', () => {
  it('are told ahead, and become cells of their rows', () => {
    const events = feed(new WindowAssembler(planned()), [
      ...rows(0, 3),
      plan(50, 7),
      plan(60, 8),
      plan(90, 9),
      ...rows(3, 7),
    ]);
    assert.deepEqual(aheadOf(events), [
      [30, none, 7, 8],
      [50, 8, none, none],
    ]);
    assert.deepEqual(targetsOf(events)[1], [none, none, none, 7]);
  });

  it('are absent from windows of pipelines without such channels', () => {
    const [window] = windowsOf(feed(new WindowAssembler(options()), rows(0, 6)));
    assert.ok(window !== undefined && !('ahead' in window));
  });

  it('do not move the watermark, nor hide that nothing was heard', () => {
    const assembler = new WindowAssembler(planned());
    feed(assembler, rows(0, 5));
    const watermarkMs = watermarkOf(assembler, 0);
    const others = Array.from({ length: 8 }, (_, i) => [plan(40 + 10 * i, i), measured(50 + 10 * i, 'other')]).flat();
    const events = others.flatMap((cell, i) => [...assembler.push(reading(cell, 10 + i))]);
    assert.equal(watermarkMs, 40);
    const silent = events.find((event) => event.kind === 'silent');
    assert.deepEqual(silent && { ...silent, hold: null }, {
      kind: 'silent',
      series: 's',
      lastMs: 40,
      silentForMs: 50,
      hold: null,
    });
    assert.equal(assembler.isPlan(reading(plan(0, 1), 0)), true);
    assert.equal(assembler.isPlan(reading({ series: 's', timeMs: 0, values: { 0: 1, 1: 1 } }, 0)), false);
  });

  it('give no life: they wait for the first reading, and outlast a silence', () => {
    const assembler = new WindowAssembler(planned());
    const events = feed(assembler, [plan(20, 1), plan(70, 7)]);
    assert.deepEqual([events, assembler.seriesCount, watermarkOf(assembler, 0)], [[], 0, null]);
    assert.equal(assembler.oldestNeeded('t', 0), 0);
    const woken = rows(0, 7).flatMap((cell, i) => [...assembler.push(reading(cell, 2 + i))]);
    assert.deepEqual(targetsOf(woken), [
      [none, none, 1, none],
      [1, none, none, none],
    ]);
    assert.deepEqual(aheadOf(woken)[1], [50, none, 7, none]);
  });

  it('are bounded by series_max where nobody was heard: the one published least recently goes', () => {
    const assembler = new WindowAssembler(planned({ seriesMax: 2 }));
    // x is published again: y is the one that nobody spoke of for longest
    feed(assembler, [plan(50, 1, 'x'), plan(50, 2, 'y'), plan(50, 3, 'x')]);
    assert.equal(assembler.oldestNeeded('t', 0), 1);
    assembler.push(reading(plan(50, 4, 'z'), 3));
    assert.equal(assembler.oldestNeeded('t', 0), 2);
  });

  it('are refused where they are further ahead than is kept, by event time', () => {
    const assembler = new WindowAssembler(planned());
    feed(assembler, [...rows(0, 2), plan(90, 1), plan(91, 2)]);
    const refused = assembler.takeRefused();
    assert.deepEqual(
      refused.map(({ reading: { timeMs }, newestMs }) => [timeMs, newestMs]),
      [[91, 10]],
    );
    assert.deepEqual(assembler.takeRefused(), []);
  });

  it('before anything was read are bounded in number', () => {
    const assembler = new WindowAssembler(planned());
    feed(
      assembler,
      Array.from({ length: 40 }, (_, i) => plan(1000 * i, i)),
    );
    const kept = 40 - assembler.takeRefused().length;
    assert.equal(kept, 4 + 8 + 2); // length, plan, and one on either side
  });

  it('that come late patch like late readings', () => {
    const late: Reading[] = [];
    const assembler = new WindowAssembler(planned({ onLate: (one) => late.push(one) }));
    const events = feed(assembler, [...rows(0, 5), plan(20, 5), ...rows(5, 7)]);
    assert.deepEqual(targetsOf(events)[1], [5, none, none, none]);
    assert.equal(late.length, 1);
  });

  it('of rows without readings are there when the device is back before its silence is noticed', () => {
    const assembler = new WindowAssembler(planned({ silentAfterMs: 150 }));
    const events = feed(assembler, [...rows(0, 6), plan(100, 9), plan(260, 1), ...rows(12, 15)]);
    assert.deepEqual(targetsOf(events).at(-1), [9, none, none, none]);
    const far = feed(assembler, [plan(180, 2), measured(1_000_000)]); // a year is no loop
    assert.equal(far.filter(({ kind }) => kind === 'silent').length, 1);
  });

  it('give way to what was read at the same time, whichever came first', () => {
    const told = { series: 's', timeMs: 30, values: { 0: 30, 1: 1 } };
    for (const cells of [
      [...rows(0, 3), plan(30, 9), told, ...rows(4, 5)],
      [...rows(0, 3), told, plan(30, 9), ...rows(4, 5)],
      [...rows(0, 3), told, ...rows(4, 5), plan(30, 9), ...rows(5, 7)],
    ])
      assert.equal(targetsOf(feed(new WindowAssembler(planned()), cells)).at(-1)?.[cells.length > 6 ? 1 : 3], 1);
  });

  it('hold their offsets, with the reading that says how far ahead they may be, until their row leaves the context', () => {
    const assembler = new WindowAssembler(planned());
    const cells = [...rows(0, 3), plan(80, 8), ...rows(3, 16)];
    const needed = cells.map((cell, offset) => {
      assembler.push(reading(cell, offset));
      return assembler.oldestNeeded('t', 0) as number;
    });
    assert.deepEqual(
      needed.slice(6, 12),
      [0, 1, 2, 2, 2, 2].map((_, i) => Math.min(needed[6 + i] as number, 2)),
    );
    assert.ok((needed.at(-1) as number) > 3, 'given back');
  });

  it('of a partition that starts again are gone, and come again with the replay', () => {
    const assembler = new WindowAssembler(planned());
    feed(assembler, [plan(50, 1)]);
    assembler.reset({ kind: 'reset', topic: 't', partition: 0, generation: 2 });
    assert.equal(assembler.oldestNeeded('t', 0), null);
    const events = rows(0, 5).flatMap((cell, i) => [...assembler.push(reading(cell, 1 + i, 0, 2))]);
    assert.deepEqual(aheadOf(events), [[30, none, none, none]]);
  });
});

const check = (property: unknown) =>
  fc.assert(property as fc.IProperty<never>, { numRuns: 300, includeErrorInReport: true });

const optionsArb = fc
  .record({
    length: fc.integer({ min: 2, max: 6 }),
    stride: fc.integer({ min: 1, max: 2 }),
    latenessMs: fc.constantFrom(0, 7, 35),
    silentAfterMs: fc.constantFrom(0, 25, 150),
  })
  .map((changes) => planned(changes));

/** Readings in the order of their times, which are distinct. */
const cellsArb: fc.Arbitrary<Cell[]> = fc
  .array(
    fc.record({ series: fc.constantFrom('s', 's', 'u'), gapMs: fc.integer({ min: 1, max: 22 }), echo: fc.boolean() }),
    { minLength: 1, maxLength: 50 },
  )
  .map((steps) => {
    let timeMs = 0;
    return steps.map(({ series, gapMs, echo }, i) => {
      timeMs += 2 * gapMs;
      return { series, timeMs, values: echo ? { 0: i / 8, 1: -i } : { 0: i / 8 } };
    });
  });

/** Plans for odd times, so that none is of the time of a reading; `at` says before which reading one is published. */
const plansArb = fc.array(
  fc.record({
    series: fc.constantFrom('s', 'u', 'v'),
    halfMs: fc.nat(600),
    value: fc.integer({ min: 1, max: 99 }),
    at: fc.nat(60),
  }),
  { maxLength: 40 },
);
type Publication = { series: string; halfMs: number; value: number; at: number };

const mixed = (cells: readonly Cell[], plans: readonly Publication[]): Cell[] =>
  [...cells, measured(0)].flatMap((cell, i) => [
    ...plans
      .filter(({ at }) => at % (cells.length + 1) === i)
      .map(({ series, halfMs, value }) => plan(2 * halfMs + 1, value, series)),
    ...(i < cells.length ? [cell] : []),
  ]);

/** Without anything that a plan says. */
const unplanned = (event: WindowEvent): unknown => {
  const plain = withoutHold(event) as Record<string, number[]>;
  const first = (values: number[] | undefined) => values?.filter((_, i) => i % 2 === 0);
  return event.kind === 'silent'
    ? plain
    : {
        ...plain,
        values: first(plain.values),
        location: first(plain.location),
        scale: first(plain.scale),
        ahead: null,
        observedFraction: null,
      };
};

const each = (events: readonly WindowEvent[], say: (event: WindowEvent) => unknown) =>
  Object.fromEntries(Object.entries(bySeries(events)).map(([series, list]) => [series, list.map(say)]));

const shuffled = (cells: readonly Cell[], jitters: readonly number[], latenessMs: number): Cell[] =>
  cells
    .map((cell, i) => ({ cell, arrivalMs: cell.timeMs + (jitters[i % jitters.length] as number) * latenessMs }))
    .sort((a, b) => a.arrivalMs - b.arrivalMs)
    .map(({ cell }) => cell);
const jittersArb = fc.array(fc.constantFrom(0, 0.3, 0.5, 0.9, 1), { minLength: 1, maxLength: 13 });

describe('plans, properties', () => {
  it('published anywhere among the readings change nothing but the plan', () => {
    check(
      fc.property(optionsArb, cellsArb, plansArb, (own, cells, plans) => {
        const without = feed(new WindowAssembler(own), cells, true);
        const withPlans = feed(new WindowAssembler(own), mixed(cells, plans), true);
        assert.deepEqual(each(withPlans, unplanned), each(without, unplanned));
      }),
    );
  });

  it('tell of the rows ahead what was published last for them, as far as it is kept', () => {
    check(
      fc.property(optionsArb, cellsArb, plansArb, (own, cells, plans) => {
        const assembler = new WindowAssembler({ ...own, planAheadMs: 10_000 });
        const said: Cell[] = [];
        const all = mixed(cells, plans);
        all.forEach((cell, offset) => {
          for (const { series, endMs, ahead } of windowsOf(assembler.push(reading(cell, offset)))) {
            const want = [1, 2, 3].map((h) => {
              const rowMs = endMs + 10 * h;
              const own = said.filter((one) => one.series === series && Math.floor(one.timeMs / 10) * 10 === rowMs);
              const newestMs = Math.max(...own.map(({ timeMs }) => timeMs));
              return own.filter(({ timeMs }) => timeMs === newestMs).at(-1)?.values[1] ?? none;
            });
            assert.deepEqual([...(ahead ?? [])], want);
          }
          if (!('0' in cell.values)) said.push(cell);
        });
      }),
    );
  });

  it('published before all readings: what is said does not depend on the order of arrival within the lateness', () => {
    check(
      fc.property(optionsArb, cellsArb, plansArb, jittersArb, jittersArb, (own, cells, plans, one, other) => {
        const run = (jitters: readonly number[]) => {
          const first = plans.map(({ series, halfMs, value }) => plan(2 * halfMs + 1, value, series));
          return each(
            feed(new WindowAssembler(own), [...first, ...shuffled(cells, jitters, own.latenessMs)], true),
            withoutHold,
          );
        };
        assert.deepEqual(run(one), run(other));
      }),
    );
  });

  it('survive a crash at any time', () => {
    check(
      fc.property(
        optionsArb,
        cellsArb,
        plansArb,
        jittersArb,
        fc.nat(),
        fc.nat(),
        (own, cells, plans, jitters, crash, lag) => {
          const arrived = mixed(shuffled(cells, jitters, own.latenessMs), plans);
          const undisturbed = feed(new WindowAssembler(own), arrived, true);

          const first = new WindowAssembler(own);
          const crashAt = crash % (arrived.length + 1);
          const emitted = feed(first, arrived.slice(0, crashAt));
          const delivered = emitted.slice(0, emitted.length - (lag % (emitted.length + 1)));
          const holds = emitted
            .slice(delivered.length)
            .map((event) => (event.kind === 'window' ? event.window.hold : event.hold).offset);
          const commit = Math.min(first.oldestNeeded('t', 0) ?? crashAt, ...holds);
          const snapshots = new Map<string, SeriesSnapshot | null>();
          for (const event of delivered)
            snapshots.set(seriesOfEvent(event), first.takeState(seriesOfEvent(event), eventTimeMs(event)));

          const second = new WindowAssembler(own);
          for (const [series, state] of snapshots) second.restore(series, JSON.parse(JSON.stringify(state)));
          const replayed = arrived.flatMap((cell, o) => (o < commit ? [] : [...second.push(reading(cell, o))]));
          replayed.push(...second.close(ended()));
          assert.deepEqual(each([...delivered, ...replayed], withoutHold), each(undisturbed, withoutHold));
          for (const { ahead } of windowsOf(replayed)) assert.equal(ahead?.length, 3);
        },
      ),
    );
  });
});
