import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Residual } from '../../src/core/inference.ts';
import { byReference } from '../../src/core/reference-names.ts';
import { createRng } from '../../src/core/rng.ts';
import type { ScoreOptions } from '../../src/score/options.ts';
import { referenceParts } from '../../src/score/references.ts';
import { Scorer } from '../../src/score/scorer.ts';
import { inferenceOf, options, stepMs } from './inference.ts';

const none = Float64Array.of(Number.NaN, Number.NaN);
const basis = (meanSquared: number) => ({
  meanSquared: Float64Array.of(meanSquared, meanSquared),
  slowMeanSquared: none,
  referenceScores: new Float64Array(0),
});
const references: ScoreOptions['references'] = { ridge_var: basis(0.7), z_score: basis(1) };

/** One row of two channels, alike. */
interface Row {
  readonly squared?: number;
  readonly base?: number;
  readonly z?: number;
}

const inferenceAt = (row: number, { squared = 1, base = 1, z = 1 }: Row) => {
  const plain = inferenceOf(row * stepMs, [[squared, squared]]);
  const residual = {
    ...(plain.residual as Residual),
    base: Float64Array.of(base, base),
    level: Float64Array.of(z, -z),
  };
  return { ...plain, residual };
};

const run = (scorer: Scorer, rows: readonly Row[], from = 0) =>
  rows.flatMap((row, i) => scorer.score(inferenceAt(from + i, row)).rows);

const calm = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ squared: 1 + (i % 7) / 7, base: 1 + (i % 5) / 5, z: 1 + (i % 3) / 3 }));

describe('referenceParts', () => {
  const residual = { squared: none, expected: none, halfWidth90: none };

  it('a z-score goes by the level and its square, a ridge VAR by what the base leaves', () => {
    const whole = { ...residual, base: Float64Array.of(4, 9), level: Float64Array.of(-3, Number.NaN) };
    assert.deepEqual(referenceParts.z_score(whole), { squared: Float64Array.of(9, Number.NaN), level: whole.level });
    assert.deepEqual(referenceParts.ridge_var(whole), { squared: whole.base });
  });

  it('what is not known says nothing', () => {
    assert.equal(referenceParts.z_score(residual), null);
    assert.equal(referenceParts.ridge_var(residual), null);
  });
});

describe('references beside a score', () => {
  it('are scored like it, each by what it goes by', () => {
    const [row] = run(new Scorer(options({ references })), [{ squared: 3, base: 4, z: 2 }]);
    const scores = byReference((name) => row?.references?.[name].score ?? 0);
    assert.ok(Math.abs(scores.ridge_var - 4) < 1e-12, `${scores.ridge_var}`);
    // of one channel alone: squares quickly and slowly, level, and where that has moved to
    assert.ok(Math.abs(scores.z_score - ((4 / 1.3) ** 3 * (4 / 1.005)) ** 0.25) < 1e-9, `${scores.z_score}`);
  });

  it('change nothing of it', () => {
    const rows = [...calm(40), { squared: 60, base: 60, z: 9 }, ...calm(10)];
    const beside = run(new Scorer(options({ references, halfLifeSteps: 2 })), rows);
    const alone = run(new Scorer(options({ halfLifeSteps: 2 })), rows);
    assert.deepEqual(
      beside.map(({ references: _, ...own }) => own),
      alone,
    );
  });

  it('learn by themselves, then would have raised alarms of their own', () => {
    const scorer = new Scorer(options({ references, referenceScores: Float64Array.from({ length: 40 }, (_, i) => i) }));
    const first = scorer.score(inferenceAt(0, {}));
    assert.deepEqual(
      first.referencesLearnt,
      byReference(() => ({ scores: 1, needed: 10 })),
    );
    assert.deepEqual([first.rows[0]?.learning, first.rows[0]?.references?.z_score.learning], [false, true]);
    const rows = run(scorer, [...calm(20), { z: 20 }, { base: 300, z: 1 }], 1);
    const alarms = rows
      .slice(-2)
      .map(({ alarm, references: beside }) => [alarm, beside?.z_score.alarm, beside?.ridge_var.alarm]);
    assert.deepEqual(alarms, [
      [false, true, false],
      [false, false, true],
    ]);
    assert.deepEqual(scorer.score(inferenceAt(30, {})).referencesLearnt?.ridge_var, { scores: 10, needed: 10 });
  });

  it('start with the scores that the model knows of them', () => {
    const known = { ...basis(0.7), referenceScores: Float64Array.from({ length: 20 }, (_, i) => 1 + i / 20) };
    const scorer = new Scorer(options({ references: { ridge_var: known, z_score: basis(1) } }));
    const [row] = run(scorer, [{ base: 500 }]);
    const { score, ...told } = row?.references?.ridge_var ?? assert.fail('no reference');
    assert.deepEqual(told, { pValue: 1 / 21, alarm: true, learning: false });
    assert.equal(score.toPrecision(9), '500.000000');
    assert.equal(row?.references?.z_score.learning, true);
  });

  it('are in no alarm before they remember as many scores as they are told to, at most a memory full', () => {
    const learnScoresMin = 30;
    const patient = { ridge_var: { ...basis(0.7), learnScoresMin }, z_score: { ...basis(1), learnScoresMin: 900 } };
    const scorer = new Scorer(options({ references: patient }));
    const early = run(scorer, [...calm(29), { base: 500 }]).at(-1);
    assert.deepEqual([early?.references?.ridge_var.learning, early?.references?.ridge_var.alarm], [true, false]);
    const verdict = scorer.score(inferenceAt(30, { base: 700 }));
    assert.equal(verdict.rows[0]?.references?.ridge_var.alarm, true);
    assert.deepEqual(verdict.referencesLearnt?.z_score, { scores: 31, needed: 50 });
  });

  it('stand beside so many series alone, the first that come, also after a restore', () => {
    const scorer = new Scorer(options({ references, referencesSeriesMax: 1 }));
    const has = (series: string, from: Scorer) => {
      const inference = inferenceAt(40, {});
      const { window } = inference;
      return from.score({ ...inference, window: { ...window, series } }).referencesLearnt !== undefined;
    };
    assert.deepEqual([has('a', scorer), has('b', scorer), has('a', scorer)], [true, false, true]);
    const restored = new Scorer(options({ references, referencesSeriesMax: 1 }));
    const endMs = inferenceAt(40, {}).window.endMs;
    const states = (['b', 'a'] as const).map((series) => [series, scorer.takeState(series, endMs)] as const);
    for (const [series, state] of states) restored.restore(series, state);
    assert.deepEqual([has('b', restored), has('a', restored)], [true, false], 'b came first, a has to do without');
    restored.restore('b', null);
    assert.equal(has('c', restored), true, 'b has made room');
  });

  it('say nothing of a row that could not be scored', () => {
    const scorer = new Scorer(options({ references }));
    const nothing = { score: Number.NaN, pValue: 1, alarm: false, learning: true };
    const [row] = scorer.score(inferenceOf(0, null)).rows;
    assert.deepEqual(row?.references, { ridge_var: nothing, z_score: nothing });
    const [gap] = run(scorer, [{ squared: Number.NaN, base: Number.NaN, z: Number.NaN }], 5);
    assert.deepEqual(gap?.references, { ridge_var: nothing, z_score: nothing });
  });

  it('start smoothing anew after a gap of more than half a window', () => {
    const known = { ...basis(0.7), referenceScores: Float64Array.of(1, 1, 1) };
    const scorer = new Scorer(options({ halfLifeSteps: 1, references: { ridge_var: known, z_score: basis(1) } }));
    run(scorer, [{ base: 99 }]);
    const [near] = run(scorer, [{ base: 3 }], 4);
    const [far] = run(scorer, [{ base: 3 }], 9);
    assert.equal(near?.references?.ridge_var.score, (50 + 3) / 2);
    assert.equal(far?.references?.ridge_var.score, 2);
  });

  it('go on from a snapshot as if nothing had been', () => {
    const rng = createRng(4);
    const rows = Array.from({ length: 80 }, () => ({
      squared: 3 * rng.uniform(),
      base: 3 * rng.uniform(),
      z: 2 * rng.normal(),
    }));
    const plan = options({ references, halfLifeSteps: 2, slowHalfLifeSteps: 5 });
    const [whole, before, after] = [0, 1, 2].map(() => new Scorer(plan)) as [Scorer, Scorer, Scorer];
    const verdicts = run(whole, rows);
    run(before, rows.slice(0, 50));
    // what was scored since is not in it
    const snapshot = before.takeState('s', 39 * stepMs);
    after.restore('s', JSON.parse(JSON.stringify(snapshot)));
    assert.deepEqual(run(after, rows.slice(40), 40), verdicts.slice(40));
  });

  it('begin anew from a state that lacks them, while the score goes on', () => {
    const before = new Scorer(options());
    run(before, calm(30));
    const snapshot = JSON.parse(JSON.stringify(before.takeState('s', 29 * stepMs)));
    assert.equal('references' in snapshot, false);
    const scorer = new Scorer(options({ references }));
    scorer.restore('s', snapshot);
    const verdict = scorer.score(inferenceAt(30, {}));
    assert.deepEqual([verdict.learnt?.scores, verdict.referencesLearnt?.z_score.scores], [10, 1]);
    assert.equal(verdict.rows[0]?.learning, false);
  });

  it('are left out of a state where they are switched off', () => {
    const before = new Scorer(options({ references }));
    run(before, calm(30));
    const off = new Scorer(options());
    off.restore('s', JSON.parse(JSON.stringify(before.takeState('s', 29 * stepMs))));
    const verdict = off.score(inferenceAt(30, {}));
    assert.equal('referencesLearnt' in verdict || 'references' in (verdict.rows[0] ?? {}), false);
    assert.equal('references' in (off.takeState('s', 30 * stepMs) ?? {}), false);
  });

  it('refuse a state in which they are damaged', () => {
    const before = new Scorer(options({ references }));
    run(before, calm(5));
    const snapshot = JSON.parse(JSON.stringify(before.takeState('s', 4 * stepMs)));
    const damaged = [null, 7, {}, { ...snapshot.references, z_score: 1 }];
    for (const broken of damaged)
      assert.throws(() => new Scorer(options({ references })).restore('s', { ...snapshot, references: broken }), {
        code: 'STATE_INVALID',
      });
    const [group] = snapshot.references.z_score;
    for (const change of [{ scores: 'AQ==' }, { smoothed: [1] }, { level: 1 }])
      assert.throws(
        () =>
          new Scorer(options({ references })).restore('s', {
            ...snapshot,
            references: { ...snapshot.references, z_score: [{ ...group, ...change }] },
          }),
        { code: 'STATE_INVALID' },
      );
  });
});
