import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/core/rng.ts';
import { Scorer } from '../../src/score/scorer.ts';
import { inferenceOf, options, stepMs } from './inference.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12 * Math.max(1, expected), `${actual} is not ${expected}`);

/** Feeds one row a window with the same R^2 in both channels; returns the rows. */
const run = (scorer: Scorer, squares: readonly number[], firstMs = 0) =>
  squares.flatMap((r2, i) => [...scorer.score(inferenceOf(firstMs + i * stepMs, [[r2, r2]])).rows]);

/** 1, 2, .. in some mixed order: no ties, nothing outstanding. */
const ordinary = (count: number) => Array.from({ length: count }, (_, i) => 1 + ((i * 7919) % count) / count);

describe('Scorer', () => {
  it('stamps rows, smooths, and ranks each score before it remembers it', () => {
    const scorer = new Scorer(options({ halfLifeSteps: 1 }));
    const { rows, inference } = scorer.score(
      inferenceOf(30, [
        [1, 1],
        [3, 3],
        [8, 8],
      ]),
    );
    assert.equal(inference.window.endMs, 30);
    assert.deepEqual(
      rows.map((row) => row.timeMs),
      [10, 20, 30],
    );
    for (const [i, score] of [1, 2, 5].entries()) near(rows[i].score, score);
    assert.deepEqual(
      rows.map((row) => row.pValue),
      [1, 1 / 2, 1 / 3],
    );
    assert.ok(rows.every((row) => row.learning && !row.alarm));
  });

  it('starts smoothing at the median of the reference scores', () => {
    const scorer = new Scorer(options({ halfLifeSteps: 1, referenceScores: Float64Array.of(5, 1, 3) }));
    near(run(scorer, [7])[0].score, 5);
  });

  it('learns until the asked rate can show, and opens then', () => {
    const rows = run(new Scorer(options()), [...ordinary(9), 100, 1, 1, 100]);
    assert.deepEqual(
      rows.slice(8, 11).map((row) => row.learning),
      [true, true, false],
    );
    assert.equal(rows[9].alarm, false, 'nine remembered: still learning');
    assert.deepEqual([rows[12].alarm, rows[12].pValue], [false, 2 / 13], 'ranked after the first 100');
  });

  it('is not learning where the model brings reference scores', () => {
    const [row] = run(new Scorer(options({ referenceScores: Float64Array.from(ordinary(10)) })), [50]);
    assert.deepEqual([row.learning, row.alarm, row.pValue], [false, true, 1 / 11]);
  });

  it('opens at p_value, keeps at keep_p_value, and does not open there', () => {
    const scorer = new Scorer(options({ referenceScores: Float64Array.from({ length: 20 }, (_, i) => i + 1) }));
    const rows = run(scorer, [17.5, 30, 18.5, 2, 18.5]);
    assert.deepEqual(
      rows.map((row) => row.alarm),
      [false, true, true, false, false],
    );
    assert.ok(rows[2].pValue > 0.1 && rows[2].pValue <= 0.3);
  });

  it('remembers alarmed scores too', () => {
    const scorer = new Scorer(options({ referenceScores: Float64Array.from(ordinary(20)), keepPValue: 0.1 }));
    const alarms = run(
      scorer,
      Array.from({ length: 20 }, () => 50),
    ).filter((row) => row.alarm);
    assert.ok(alarms.length >= 1 && alarms.length <= 2, `${alarms.length} alarms: what lasts becomes ordinary`);
  });

  it('leaves everything as it is at a row without a scored cell', () => {
    const scorer = new Scorer(options({ halfLifeSteps: 1, referenceScores: Float64Array.from(ordinary(20)) }));
    const [open] = run(scorer, [50]);
    assert.equal(open.alarm, true);
    const [gap] = scorer.score(inferenceOf(10, [[Number.NaN, Number.NaN]])).rows;
    assert.deepEqual(gap, { timeMs: 10, score: Number.NaN, pValue: 1, alarm: false, learning: false, topChannels: [] });
    const skipped = scorer.score(inferenceOf(30, null)).rows;
    assert.deepEqual(
      skipped.map((row) => [row.timeMs, row.score, row.alarm]),
      [
        [20, Number.NaN, false],
        [30, Number.NaN, false],
      ],
    );
    const [next] = run(scorer, [10], 40);
    near(next.score, (open.score + 10) / 2);
    assert.equal(next.alarm, true, 'still open');
  });

  it('starts smoothing anew after a gap of more than half a window', () => {
    const scorer = new Scorer(options({ halfLifeSteps: 1, referenceScores: Float64Array.of(1, 1, 1) }));
    run(scorer, [99]);
    near(run(scorer, [3], 40)[0].score, (50 + 3) / 2);
    near(run(scorer, [3], 90)[0].score, 2);
  });

  it('names the channels that contribute, with what was observed and expected', () => {
    const { rows } = new Scorer(options({ topChannels: 1 })).score(
      inferenceOf(10, [
        [1, 1],
        [1, 3],
      ]),
    );
    assert.deepEqual(rows[1].topChannels, [
      { channel: 1, share: 0.75, observed: 15, expected: 103, halfWidth90: 203, sinceMs: 10 },
    ]);
  });

  it('leaves rows out that it has scored before', () => {
    const scorer = new Scorer(options());
    run(scorer, [1, 2, 3]);
    assert.deepEqual(scorer.score(inferenceOf(20, [[9, 9]])).rows, []);
    const { rows } = scorer.score(
      inferenceOf(30, [
        [9, 9],
        [4, 4],
      ]),
    );
    assert.deepEqual(
      rows.map((row) => [row.timeMs, row.pValue]),
      [[30, 1 / 4]],
    );
  });

  it('goes on from a snapshot as if nothing had happened, whenever it was delivered', () => {
    const squares = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(squares, fc.nat(), (list, cut) => {
        const plan = options({ halfLifeSteps: 2, referenceScores: Float64Array.from(ordinary(30)) });
        const scorer = new Scorer(plan);
        const rows = run(scorer, list);
        const index = cut % list.length;
        const snapshot = scorer.takeState('s', index * stepMs);
        assert.equal(snapshot?.endMs, index * stepMs);
        const again = new Scorer(plan);
        again.restore('s', JSON.parse(JSON.stringify(snapshot)));
        assert.deepEqual(run(again, list.slice(index + 1), (index + 1) * stepMs), rows.slice(index + 1));
      }),
    );
  });

  it('forgets a series that is restored to nothing, and those beyond its limit', () => {
    const scorer = new Scorer(options({ seriesMax: 2 }));
    const first = (series: string, endMs: number) =>
      scorer.score(inferenceOf(endMs, [[1, 1]], 1, series)).rows[0].pValue;
    assert.deepEqual([first('a', 10), first('a', 20), first('b', 10), first('a', 30), first('c', 10)], [1, 1, 1, 1, 1]);
    assert.equal(scorer.takeState('b', 10), null, 'evicted');
    assert.notEqual(scorer.takeState('a', 30), null);
    assert.equal(scorer.score(inferenceOf(40, [[5, 5]], 1, 'a')).rows[0].pValue, 1 / 4);
    scorer.restore('a', null);
    assert.equal(first('a', 10), 1);
  });

  it('alarms ordinary feeds at about the rate asked for', () => {
    const rng = createRng(11);
    const scorer = new Scorer(options({ pValue: 0.01, keepPValue: 0.01, memoryScores: 5000 }));
    const rows = run(
      scorer,
      Array.from({ length: 20_000 }, () => rng.normal() ** 2),
    );
    const rate = rows.filter((row) => row.alarm).length / rows.filter((row) => !row.learning).length;
    assert.ok(rate > 0.005 && rate < 0.012, `rate ${rate}`);
  });

  it('does not remember the first rows of an alarm, so that a fault does not hide the next one, but remembers what stays', () => {
    const calm = Array.from({ length: 40 }, (_, i) => 0.5 + (i % 7) / 10);
    const fault = Array.from({ length: 12 }, () => 50);
    const rowsWith = (heldOutRowsMax: number) => {
      const scorer = new Scorer(options({ pValue: 0.05, keepPValue: 0.05, heldOutRowsMax, heldOutRatio: 20 }));
      return run(scorer, [...calm, ...fault, ...calm, 30]);
    };
    assert.ok(rowsWith(20).at(-1)?.alarm, 'the second, smaller fault is seen although a larger one came before');
    assert.ok(!rowsWith(0).at(-1)?.alarm, 'remembering everything hides it');
    const stays = run(new Scorer(options({ pValue: 0.05, keepPValue: 0.05, heldOutRowsMax: 5, heldOutRatio: 20 })), [
      ...calm,
      ...Array.from({ length: 60 }, () => 50),
    ]);
    assert.ok(!stays.at(-1)?.alarm, 'a state that lasts becomes ordinary');
  });

  it('sees an offset that single rows are too noisy to show', () => {
    const scorer = new Scorer(options({ slowHalfLifeSteps: 16, slowMeanSquared: Float64Array.of(0.02, 0.02) }));
    const rng = createRng(5);
    let clock = 0;
    const scoreAfter = (offset: number) => {
      let last = 0;
      for (let row = 0; row < 200; row++) {
        const bias = Float64Array.of(rng.normal() + offset, rng.normal());
        const whole = inferenceOf(stepMs * clock++, [[bias[0] ** 2, bias[1] ** 2]]);
        last =
          scorer.score({ ...whole, residual: { ...(whole.residual as NonNullable<typeof whole.residual>), bias } })
            .rows[0]?.score ?? 0;
      }
      return last;
    };
    const usual = scoreAfter(0);
    assert.ok(scoreAfter(1) > 3 * usual, 'one standard deviation, for long');
  });

  it('refuses a memory in which no alarm could ever open, and a damaged snapshot', () => {
    assert.throws(() => new Scorer(options({ memoryScores: 50, pValue: 0.001 })), { code: 'CONFIG_INVALID' });
    const scorer = new Scorer(options());
    const group = {
      name: '',
      channels: [0, 1],
      smoothed: [1, null, null, null],
      alarmed: false,
      heldOut: { alarmRows: 0, allowance: 0 },
      others: [0, 0],
      level: [0, 0],
      scores: '',
    };
    const snapshot = {
      endMs: 0,
      groups: [group],
      outSinceMs: [null, 5],
      outCalmRows: [0, 1],
    };
    scorer.restore('s', snapshot);
    for (const changes of [
      { endMs: Number.NaN },
      { groups: undefined as never },
      { groups: 1 as never },
      { outSinceMs: [1] },
      { outCalmRows: [0, null] as never },
    ])
      assert.throws(() => scorer.restore('s', { ...snapshot, ...changes }), { code: 'STATE_INVALID' });
    for (const changes of [
      { smoothed: 1 as never },
      { smoothed: [1, 1, 1, 'x'] as never },
      { others: [0] },
      { level: [0, null] as never },
      { heldOut: 0 as never },
      { heldOut: { alarmRows: 0, allowance: Number.NaN } },
      { scores: 1 as never },
      { scores: 'AQ==' },
    ]) {
      assert.throws(() => scorer.restore('s', { ...snapshot, groups: [{ ...group, ...changes }] }), {
        code: 'STATE_INVALID',
      });
    }
  });

  describe('groups of channels', () => {
    const reference = Float64Array.from({ length: 40 }, (_, i) => 0.5 + i / 40);
    const groups = [
      { name: 'left', channels: [0], referenceScores: reference },
      { name: 'right', channels: [1], referenceScores: reference },
    ];
    const ordinary = [0.7, 0.7] as const;

    it('sees in one what the whole device averages away, says which, and blames its channels alone', () => {
      const loud = [0.7, 1.9] as const;
      const whole = new Scorer(options({ referenceScores: reference })).score(inferenceOf(10, [loud])).rows[0];
      const [row] = new Scorer(options({ groups })).score(inferenceOf(10, [loud])).rows;
      assert.equal(whole?.alarm, false);
      assert.deepEqual([row?.alarm, row?.group, row?.topChannels.map(({ channel }) => channel)], [true, 'right', [1]]);
    });

    it('shares the alarms: the p-value is the smallest one times the number of groups', () => {
      const [row] = new Scorer(options({ groups })).score(inferenceOf(10, [[0.7, 100]])).rows;
      assert.ok(Math.abs((row?.pValue ?? 0) - 2 / 41) < 1e-12, `${row?.pValue}`);
      assert.equal(new Scorer(options({ groups })).score(inferenceOf(10, [ordinary])).rows[0]?.pValue, 1);
    });

    it('learns until every group has enough, and tells how far the slowest is', () => {
      const half = [groups[0], { ...groups[1], referenceScores: new Float64Array(0) }] as typeof groups;
      const scorer = new Scorer(options({ groups: half }));
      const first = scorer.score(inferenceOf(10, [ordinary]));
      assert.deepEqual(first.learnt, { scores: 1, needed: 20 });
      assert.equal(first.rows[0]?.learning, false, 'the left one can tell');
      assert.equal(scorer.score(inferenceOf(20, [[0.7, 500]])).rows[0]?.alarm, false, 'the right one cannot');
      const none = groups.map((one) => ({ ...one, referenceScores: new Float64Array(0) }));
      assert.equal(new Scorer(options({ groups: none })).score(inferenceOf(10, [ordinary])).rows[0]?.learning, true);
    });

    it('goes on from a snapshot as if nothing had been', () => {
      const rng = createRng(3);
      const rows = Array.from(
        { length: 60 },
        () => [rng.uniform(), rng.uniform() * (rng.uniform() < 0.1 ? 9 : 1)] as const,
      );
      const changes = { groups, halfLifeSteps: 2, slowHalfLifeSteps: 4 };
      const [whole, before, after] = [0, 1, 2].map(() => new Scorer(options(changes)));
      const verdicts = rows.map((row, i) => whole?.score(inferenceOf(10 * i, [row])));
      for (let i = 0; i < 30; i++) before?.score(inferenceOf(10 * i, [rows[i] as (typeof rows)[number]]));
      after?.restore('s', JSON.parse(JSON.stringify(before?.takeState('s', 290))));
      for (let i = 30; i < 60; i++)
        assert.deepEqual(after?.score(inferenceOf(10 * i, [rows[i] as (typeof rows)[number]])).rows, verdicts[i]?.rows);
    });

    it('knows its groups in a snapshot whatever their order, and begins anew those that it does not name', () => {
      const loudRight = { groups, halfLifeSteps: 0 };
      const before = new Scorer(options(loudRight));
      for (let i = 0; i < 60; i++) before.score(inferenceOf(10 * i, [[0.7, 9 + (i % 3)]]));
      const snapshot = JSON.parse(JSON.stringify(before.takeState('s', 590)));
      const next = (own: typeof groups) => {
        const scorer = new Scorer(options({ ...loudRight, groups: own }));
        scorer.restore('s', snapshot);
        return scorer.score(inferenceOf(600, [[0.7, 10]]));
      };
      const same = next(groups).rows;
      assert.equal(same[0]?.alarm, false, 'loud is ordinary for the right one');
      assert.deepEqual(next([...groups].reverse()).rows, same);
      const [left, right] = groups as [(typeof groups)[number], (typeof groups)[number]];
      const renamed = [left, { ...right, name: 'other', referenceScores: new Float64Array(0) }];
      assert.equal(next(renamed).learnt?.scores, 1, 'it learns from the feed');
    });

    it('refuses a memory in which no group could ever raise an alarm', () => {
      assert.throws(() => new Scorer(options({ groups, memoryScores: 19 })), { code: 'CONFIG_INVALID' });
    });
  });
});
