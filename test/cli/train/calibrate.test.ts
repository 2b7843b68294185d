import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { calibrate } from '../../../src/cli/train/calibrate.ts';
import type { Stretch } from '../../../src/cli/train/replay-windows.ts';
import { zeroHeadEngine } from '../../../src/infer/engines/zero-head.ts';
import { madeUpConfig, madeUpModel, madeUpSeries, minuteMs, startMs } from './made-up-model.ts';

const rows = 600;
const north = madeUpSeries(rows, 'north', 1);
/** The same time, and values that no model expects. */
const noisy = madeUpSeries(rows, 'south', 2);
const config = await madeUpConfig('score.memory_scores=200', 'decode.series={"path":"series"}');
const { model, prepared } = madeUpModel([north, noisy], config);
const engine = zeroHeadEngine(model.shape);
const run = (stretches: readonly Stretch[]) => calibrate(engine, model, config, stretches, prepared.validationPlaces);
const stretch = (series: typeof north, from = 400, to = 540): Stretch => ({ series, from, to });

describe('calibrate', () => {
  test('reads rows of its stretches and their context alone', async () => {
    const blind = { ...north, values: north.values.map((v, i) => (i < 350 * 3 || i >= 540 * 3 ? Number.NaN : v)) };
    assert.deepEqual(await run([stretch(blind)]), await run([stretch(north)]));
    const changed = { ...north, values: north.values.map((v, i) => (i === 500 * 3 ? v + 5 : v)) };
    assert.notDeepEqual((await run([stretch(changed)])).referenceScores, (await run([stretch(north)])).referenceScores);
  });

  test('remembers scores of all series, as many of each, whatever their order', async () => {
    const [both, other] = [await run([stretch(north), stretch(noisy)]), await run([stretch(noisy), stretch(north)])];
    assert.equal(both.referenceScores.length, 200);
    const sorted = (scores: Float64Array) => [...scores].sort((a, b) => a - b);
    sorted(both.referenceScores).forEach((score, i) =>
      assert.ok(Math.abs(score - (sorted(other.referenceScores)[i] as number)) < 1e-9 * (1 + score)),
    );
    const alone = await run([stretch(north)]);
    assert.ok(alone.referenceScores.length < 200, 'one stretch alone does not fill the memory');
  });

  test('scores stand in the order of event time: a series of years ago comes first', async () => {
    const old = { ...madeUpSeries(rows, 'old', 2, startMs - 1_000_000 * minuteMs) };
    const spiked = { ...old, values: old.values.map((v, i) => (Math.floor(i / 3) % 40 < 20 ? v : v + 30)) };
    const { referenceScores: scores } = await run([stretch(north), stretch(spiked)]);
    const mean = (part: Float64Array) => part.reduce((a, b) => a + b, 0) / part.length;
    assert.ok(mean(scores.subarray(0, 100)) > 3 * mean(scores.subarray(100)), 'the spiked one is the old one');
  });

  test('levels are those of the residuals: ten times the noise, a hundred times the level', async () => {
    const { residualLevel } = await run([stretch(north)]);
    assert.ok(residualLevel.score.every((level) => level > 0 && Number.isFinite(level)));
    const loud = {
      ...north,
      values: north.values.map((v, i) => (i % 3 === 2 && Math.floor(i / 3) % 2 === 0 ? v + 9 : v)),
    };
    const louder = await run([stretch(loud)]);
    assert.ok((louder.residualLevel.score[2] as number) > 10 * (residualLevel.score[2] as number));
  });

  test('measures the plain methods beside the model on the same rows', async () => {
    const { referenceScores, references } = await run([stretch(north), stretch(noisy)]);
    assert.ok(references);
    for (const { referenceScores: own } of Object.values(references)) {
      assert.equal(own.length, 200);
      assert.ok(own.every((score) => score > 0) && own.some((score, i) => score !== referenceScores[i]));
    }
    assert.notDeepEqual(references.ridge_var, references.z_score);
  });

  test('groups are measured as they are scored: one of all channels is the device, others have scores of their own', async () => {
    const groupedBy = async (...channels: readonly number[]) => {
      const names = channels.map((c) => config.channels[c]?.name);
      const groups = JSON.stringify([{ name: 'some', channels: names }]);
      const own = await madeUpConfig(
        'score.memory_scores=200',
        'decode.series={"path":"series"}',
        `score.groups=${groups}`,
      );
      return calibrate(engine, model, own, [stretch(north)], prepared.validationPlaces);
    };
    const gauges = config.channels.flatMap(({ kind }, c) => (kind === 'gauge' ? [c] : []));
    const whole = await groupedBy(...gauges);
    assert.deepEqual(whole.groupScores, [{ name: 'some', channels: gauges, referenceScores: whole.referenceScores }]);
    const { groupScores, references } = await groupedBy(gauges[0] as number);
    for (const own of Object.values(references ?? {}))
      assert.deepEqual(
        own.groupScores.map(({ name, referenceScores }) => [name, referenceScores.length]),
        groupScores.map(({ name, referenceScores }) => [name, referenceScores.length]),
      );
    assert.deepEqual(
      groupScores.map(({ name, channels }) => [name, channels]),
      [
        ['some', gauges.slice(0, 1)],
        ['rest', gauges.slice(1)],
      ],
    );
    const [some, rest] = groupScores.map(({ referenceScores }) => referenceScores);
    assert.ok((some?.length ?? 0) > 50 && some?.length === rest?.length);
    assert.notDeepEqual(some, rest);
  });
});
