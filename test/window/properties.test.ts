import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventTimeMs } from '../../src/core/event-time.ts';
import type { WindowEvent } from '../../src/core/window.ts';
import { WindowAssembler } from '../../src/window/assembler.ts';
import type { WindowOptions } from '../../src/window/options.ts';
import type { SeriesSnapshot } from '../../src/window/series-snapshot.ts';
import {
  bySeries,
  type Cell,
  channel,
  comparable,
  ended,
  feed,
  options,
  reading,
  seriesOfEvent,
  windowsOf,
  withoutHold,
} from './feed.ts';
import { referenceEvents } from './reference.ts';

const channels = [
  channel('last'),
  channel('mean', 'mean'),
  channel('min', 'min'),
  channel('max', 'max'),
  channel('sum', 'sum'),
  channel('rate', 'rate'),
];

/** fast-check prints seed and path of a failure. */
const check = (property: unknown) =>
  fc.assert(property as fc.IProperty<never>, { numRuns: 400, includeErrorInReport: true });

const planArb: fc.Arbitrary<WindowOptions> = fc
  .record({
    length: fc.integer({ min: 2, max: 6 }),
    stride: fc.integer({ min: 1, max: 2 }),
    latenessMs: fc.constantFrom(0, 7, 10, 35),
    silentAfterMs: fc.constantFrom(0, 10, 25, 150),
  })
  .map((plan) => options({ ...plan, channels }));

/** Times are distinct (ties of `last` go by arrival), values dyadic (sums do not depend on their order). */
const cellsArb: fc.Arbitrary<Cell[]> = fc
  .array(
    fc.record({
      series: fc.constantFrom('s', 's', 'u', 'v'),
      gapMs: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 14 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 140 }) },
      ),
      values: fc
        .array(fc.integer({ min: -400, max: 400 }), { minLength: 6, maxLength: 6 })
        .chain((numbers) =>
          fc.subarray([0, 1, 2, 3, 4, 5]).map((kept) => Object.fromEntries(kept.map((c) => [c, numbers[c] / 8]))),
        ),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .chain((steps) =>
    fc.integer({ min: -500, max: 1_700_000_000_000 }).map((startMs) => {
      let timeMs = startMs;
      return steps.map(({ series, gapMs, values }) => {
        timeMs += gapMs;
        return { series, values, timeMs };
      });
    }),
  );

/** An order of arrival in which no reading comes after one that is more than the lateness newer. */
const shuffled = (cells: readonly Cell[], jitters: readonly number[], latenessMs: number): Cell[] =>
  cells
    .map((cell, i) => ({ cell, arrivalMs: cell.timeMs + jitters[i % jitters.length] * latenessMs }))
    .sort((a, b) => a.arrivalMs - b.arrivalMs)
    .map(({ cell }) => cell);

const jittersArb = fc.array(fc.constantFrom(0, 0.3, 0.5, 0.9, 1), { minLength: 1, maxLength: 13 });

const plain = (events: readonly WindowEvent[]) =>
  Object.fromEntries(Object.entries(bySeries(events)).map(([series, list]) => [series, list.map(withoutHold)]));

describe('windows, properties', () => {
  it('equals the naive reference, lateness, silences and jumps included', () => {
    check(
      fc.property(planArb, cellsArb, jittersArb, (plan, cells, jitters) => {
        const arrived = shuffled(cells, jitters, plan.latenessMs);
        const late: unknown[] = [];
        const assembler = new WindowAssembler({ ...plan, onLate: (r) => late.push(r) });
        const got = bySeries(feed(assembler, arrived, true));
        const newestMs = Math.max(...cells.map((cell) => cell.timeMs));
        assert.equal(late.length, 0);
        for (const series of new Set(cells.map((cell) => cell.series))) {
          const want = referenceEvents(
            arrived.filter((cell) => cell.series === series),
            newestMs,
            plan,
          );
          const list = got[series] ?? [];
          assert.equal(list.length, want.length);
          want.forEach((expected, i) => {
            const event = list[i];
            assert.equal(event.kind, expected.kind);
            if (expected.kind === 'silent' && event.kind === 'silent') {
              assert.equal(event.lastMs, expected.lastMs);
              assert.equal(event.silentForMs, expected.silentForMs);
            }
            if (expected.kind === 'window' && event.kind === 'window') {
              const { window } = event;
              assert.equal(window.endMs, expected.endMs);
              assert.deepEqual([...window.values], expected.values);
              assert.equal(
                window.observedFraction,
                expected.values.filter((x) => !Number.isNaN(x)).length / window.values.length,
              );
              for (let c = 0; c < channels.length; c++) {
                assert.ok(Math.abs(window.location[c] - expected.location[c]) < 1e-9);
                assert.ok(Math.abs(window.scale[c] - expected.scale[c]) < 1e-7);
              }
            }
          });
        }
      }),
    );
  });

  it('does not depend on the order of arrival within the lateness', () => {
    check(
      fc.property(planArb, cellsArb, jittersArb, jittersArb, (plan, cells, one, other) => {
        const run = (jitters: number[]) =>
          plain(feed(new WindowAssembler(plan), shuffled(cells, jitters, plan.latenessMs), true));
        assert.deepEqual(run(one), run(other));
      }),
    );
  });

  it('emits ends that strictly increase, whatever comes how late', () => {
    check(
      fc.property(planArb, cellsArb, fc.array(fc.nat()), (plan, cells, keys) => {
        const anyhow = cells
          .map((cell, i) => ({ cell, key: keys[i % keys.length] ?? 0 }))
          .sort((a, b) => a.key - b.key);
        const events = feed(
          new WindowAssembler(plan),
          anyhow.map(({ cell }) => cell),
          true,
        );
        for (const list of Object.values(bySeries(events))) {
          for (let i = 1; i < list.length; i++) assert.ok(eventTimeMs(list[i]) > eventTimeMs(list[i - 1]));
        }
        for (const window of windowsOf(events)) {
          assert.ok(window.scale.every((s) => s > 0 && Number.isFinite(s)));
          assert.ok((window.endMs / window.stepMs + 1) % plan.stride === 0);
        }
      }),
    );
  });

  it('replays from the hold of a window bit for bit, late readings included', () => {
    check(
      fc.property(
        planArb,
        cellsArb,
        fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1 }),
        (plan, mixed, delays) => {
          const cells = mixed
            .map((cell, i) => ({ cell: { ...cell, series: 's' }, arrivalMs: cell.timeMs + delays[i % delays.length] }))
            .sort((a, b) => a.arrivalMs - b.arrivalMs)
            .map(({ cell }) => cell);
          const assembler = new WindowAssembler(plan);
          const events = feed(assembler, cells, true);
          const states = events.map((event) => assembler.takeState('s', eventTimeMs(event)));
          events.forEach((event, i) => {
            const again = new WindowAssembler(plan);
            if (i > 0) again.restore('s', states[i - 1]);
            const { offset } = event.kind === 'window' ? event.window.hold : event.hold;
            const replayed = cells.flatMap((cell, o) => (o < offset ? [] : [...again.push(reading(cell, o))]));
            assert.deepEqual([...replayed, ...again.close(ended())].map(comparable), events.slice(i).map(comparable));
          });
        },
      ),
    );
  });

  it('survives a crash at any time: delivered before and emitted after are the undisturbed run', () => {
    check(
      fc.property(planArb, cellsArb, jittersArb, fc.nat(), fc.nat(), (plan, cells, jitters, crash, lag) => {
        const arrived = shuffled(cells, jitters, plan.latenessMs);
        const undisturbed = bySeries(feed(new WindowAssembler(plan), arrived, true));

        const first = new WindowAssembler(plan);
        const crashAt = crash % (arrived.length + 1);
        const emitted = feed(first, arrived.slice(0, crashAt));
        const delivered = emitted.slice(0, emitted.length - (lag % (emitted.length + 1)));
        const open = emitted.slice(delivered.length);
        const holds = open.map((event) => (event.kind === 'window' ? event.window.hold : event.hold).offset);
        const commit = Math.min(first.oldestNeeded('t', 0) ?? crashAt, ...holds);
        const snapshots = new Map<string, SeriesSnapshot | null>();
        for (const event of delivered) {
          snapshots.set(seriesOfEvent(event), first.takeState(seriesOfEvent(event), eventTimeMs(event)));
        }

        const second = new WindowAssembler(plan);
        for (const [series, state] of snapshots) second.restore(series, JSON.parse(JSON.stringify(state)));
        const replayed = arrived.flatMap((cell, o) => (o < commit ? [] : [...second.push(reading(cell, o))]));
        replayed.push(...second.close(ended()));
        assert.deepEqual(plain([...delivered, ...replayed]), plain(Object.values(undisturbed).flat()));
      }),
    );
  });

  it('emits the same whenever series are visited, late readings and more series than may be held included', () => {
    const some = {
      delays: fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1 }),
      seriesMax: fc.constantFrom(2, 9),
    };
    const visitsArb = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 9 });
    let cut = 0;
    check(
      fc.property(planArb, cellsArb, fc.record(some), visitsArb, (plan, cells, { delays, seriesMax }, visits) => {
        const arrived = cells
          .map((cell, i) => ({ cell, arrivalMs: cell.timeMs + delays[i % delays.length] }))
          .sort((a, b) => a.arrivalMs - b.arrivalMs)
          .map(({ cell }) => cell);
        const evicted: string[][] = [[], []];
        const [eager, lazy] = evicted.map(
          (names) => new WindowAssembler({ ...plan, seriesMax, onEvicted: (series) => names.push(series) }),
        );
        const [all, got]: WindowEvent[][] = [[], []];
        let calls = 0;
        const few = () => {
          let left = visits[calls++ % visits.length];
          return () => left-- === 0;
        };
        arrived.forEach((cell, offset) => {
          const input = { kind: 'reading', reading: reading(cell, offset) } as const;
          all.push(...eager.handle(input));
          got.push(...lazy.handle(input, few()));
          if (calls % 2 === 0) got.push(...lazy.visit(few()));
          if (!lazy.isDue) return;
          cut++;
          const emitted = new Set(got.map((event) => `${seriesOfEvent(event)} ${eventTimeMs(event)}`));
          const open = all.filter((event) => !emitted.has(`${seriesOfEvent(event)} ${eventTimeMs(event)}`));
          for (const event of open) {
            const { offset: held } = event.kind === 'window' ? event.window.hold : event.hold;
            assert.ok(
              (lazy.oldestNeeded('t', 0) as number) <= held,
              'no offset is given up before its window is there',
            );
          }
        });
        all.push(...eager.close(ended()));
        got.push(...lazy.close(ended()));
        assert.equal(lazy.isDue, false);
        const told = (events: readonly WindowEvent[]) =>
          Object.entries(bySeries(events))
            .map(([series, list]) => [series, list.map(comparable)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1));
        assert.deepEqual(told(got), told(all));
        assert.deepEqual(evicted[1], evicted[0]);
      }),
    );
    assert.ok(cut > 100, `${cut} times something was left to visit`);
  });

  it('does not hear twice what comes twice: last, min and max stay as they are', () => {
    const idempotent = channels
      .map(({ aggregate }, c) => ({ aggregate, c }))
      .filter(({ aggregate }) => /last|min|max/.test(aggregate));
    const only = (cell: Cell): Cell => ({
      ...cell,
      values: Object.fromEntries(idempotent.flatMap(({ c }) => (c in cell.values ? [[c, cell.values[c]]] : []))),
    });
    assert.equal(idempotent.length, 3);
    check(
      fc.property(planArb, cellsArb, jittersArb, jittersArb, fc.array(fc.boolean()), (plan, all, one, other, again) => {
        const cells = all.map(only);
        const twice = [...cells, ...cells.filter((_, i) => again[i])];
        const run = (some: Cell[], jitters: number[]) =>
          plain(feed(new WindowAssembler(plan), shuffled(some, jitters, plan.latenessMs), true));
        assert.deepEqual(run(twice, other), run(cells, one));
      }),
    );
  });
});
