import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DriftKind } from '../../../src/core/drift.ts';
import { DriftWatch, encodeDrift } from '../../../src/window/drift/drift-watch.ts';
import { createNormalizer } from '../../../src/window/normalizer.ts';
import { type Change, channels, dayRows, referenceDays, simulateDays, stepMs, watchDays } from './simulated-days.ts';

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
const days = 32;
const changeRow = (seed: number) => 15 * dayRows + ((seed * 37) % dayRows);
const toldOf = (seed: number, change: Change) =>
  watchDays(simulateDays(seed, change, days, changeRow(seed)), 'retrain').told;

describe('DriftWatch on simulated days', () => {
  // how long each may take, days: a block that holds half of it, and two whole ones
  const cases: readonly (readonly [DriftKind, number])[] = [
    ['level_shift', 3],
    ['season_change', 3],
    ['sensor_replaced', 3],
    ['sensor_frozen', 1],
    ['trend', 9],
  ];
  for (const [kind, daysMax] of cases) {
    it(`finds and names ${kind} on each of ${seeds.length} seeds`, () => {
      const misnamed = [];
      for (const seed of seeds) {
        const told = toldOf(seed, kind).filter(({ finding, row }) => finding.channel === 0 && row >= changeRow(seed));
        const found = told.find(({ finding }) => finding.kind === kind) ?? told[0];
        assert.ok(found !== undefined, `seed ${seed}: not found`);
        if (found.finding.kind !== kind) misnamed.push(seed);
        const delayDays = (found.row - changeRow(seed)) / dayRows;
        assert.ok(delayDays >= 0 && delayDays <= daysMax, `seed ${seed}: found after ${delayDays} days`);
        assert.ok(Math.abs(found.finding.sinceMs / stepMs - changeRow(seed)) <= daysMax * dayRows, `seed ${seed}`);
        assert.equal(found.endRow, null, `seed ${seed}: it stays`);
      }
      // a trend of which the weather makes most in two days looks like a jump
      assert.ok(misnamed.length <= (kind === 'trend' ? 2 : 0), `another name on seeds ${misnamed}`);
    });
  }

  it('tells neither ordinary days nor a fault of hours: less than one in 500 days of a channel', () => {
    for (const change of ['none', 'fault'] as const) {
      const told = seeds.flatMap((seed) => toldOf(seed, change));
      const channelDays = seeds.length * channels.length * (days - referenceDays);
      assert.ok(told.length * 500 < channelDays, `${change}: ${told.length} in ${channelDays} days`);
    }
  });

  it('is over when the channel is as before for two days', () => {
    const values = simulateDays(3, 'level_shift', days, 15 * dayRows);
    const repaired = simulateDays(3, 'none', days, 15 * dayRows);
    values.set(repaired.subarray(22 * dayRows * channels.length), 22 * dayRows * channels.length);
    const [told] = watchDays(values, 'retrain').told;
    assert.equal(told?.endRow, 24 * dayRows);
  });

  it('a frozen sensor is found within hours, and over with its first other value', () => {
    const values = simulateDays(4, 'sensor_frozen', days, 15 * dayRows);
    const repaired = simulateDays(4, 'none', days, 15 * dayRows);
    values.set(repaired.subarray(16 * dayRows * channels.length), 16 * dayRows * channels.length);
    const [told] = watchDays(values, 'retrain').told;
    assert.ok(told !== undefined && told.row < 15.3 * dayRows, `${told?.row}`);
    assert.ok(told.endRow !== null && told.endRow <= 16 * dayRows + 2);
  });
});

describe('what is done about drift', () => {
  const level = 10;
  const shifted = (action: 'retrain' | 'adapt' | 'hold') =>
    watchDays(simulateDays(5, 'level_shift', days, 15 * dayRows), action);

  it('retrain: the normaliser follows at its own pace', () => {
    const { normalizer, told } = shifted('retrain');
    assert.ok(normalizer.mean[0] > level + 0.5 && normalizer.mean[0] < level + 2.5, `${normalizer.mean[0]}`);
    assert.equal(told[0]?.endRow, null);
  });

  it('adapt: the normaliser is there at once, and what is adapted to is no longer told', () => {
    const { normalizer, told } = shifted('adapt');
    assert.ok(Math.abs(normalizer.mean[0] - level - 3) < 0.6, `${normalizer.mean[0]}`);
    assert.equal(told[0]?.endRow, (told[0]?.row ?? 0) + 2 * dayRows);
  });

  it('hold: the normaliser stays with what was before', () => {
    const { normalizer, watch } = shifted('hold');
    assert.ok(Math.abs(normalizer.mean[0] - level) < 0.5, `${normalizer.mean[0]}`);
    assert.deepEqual([watch.holds(0), watch.holds(1)], [true, false]);
  });
});

describe('state of a DriftWatch', () => {
  const watchOf = (restored: string | null = null) =>
    new DriftWatch(
      { stepMs, blockMs: dayRows * stepMs, referenceBlocks: referenceDays, action: 'adapt', channels },
      restored,
    );
  const normalizer = () => createNormalizer(channels.map(() => ({ mean: 10, variance: 1, absMax: 14, weight: 2000 })));

  it('goes on from a mark as if nothing had been, wherever it is taken', () => {
    const values = simulateDays(6, 'level_shift', days, 15 * dayRows);
    const rows = values.length / channels.length;
    const cell = (row: number) => (c: number) => values[row * channels.length + c];
    for (const cut of [1, 100, 7 * dayRows, 7 * dayRows + 1, 16 * dayRows + 30, 17 * dayRows, 18 * dayRows]) {
      const [whole, before] = [watchOf(), watchOf()];
      for (let row = 0; row < cut; row++) before.advance(row, cell(row), normalizer());
      const mark = before.mark();
      // what comes after a mark must not change it
      for (let row = cut; row < Math.min(rows, cut + 3 * dayRows); row++) before.advance(row, cell(row), normalizer());
      const after = watchOf(encodeDrift(mark));
      for (let row = 0; row < rows; row++) {
        whole.advance(row, cell(row), normalizer());
        if (row >= cut) after.advance(row, cell(row), normalizer());
      }
      assert.deepEqual(after.findings, whole.findings, `cut at ${cut}`);
      assert.equal(encodeDrift(after.mark()), encodeDrift(whole.mark()), `cut at ${cut}`);
    }
  });

  it('refuses what is not a state of these channels', () => {
    assert.throws(() => watchOf('AAAA'), { code: 'STATE_INVALID' });
    const other = new DriftWatch({
      stepMs,
      blockMs: dayRows * stepMs,
      referenceBlocks: referenceDays,
      action: 'adapt',
      channels: channels.slice(1),
    });
    assert.throws(() => watchOf(encodeDrift(other.mark())), { code: 'STATE_INVALID' });
  });

  it('watches what is measured alone', () => {
    const commands = channels.map((one) => ({ ...one, kind: 'command' as const }));
    const watch = new DriftWatch({
      stepMs,
      blockMs: dayRows * stepMs,
      referenceBlocks: referenceDays,
      action: 'retrain',
      channels: commands,
    });
    const values = simulateDays(1, 'level_shift', days, 15 * dayRows);
    for (let row = 0; row < days * dayRows; row++)
      watch.advance(row, (c) => values[row * channels.length + c], normalizer());
    assert.deepEqual(watch.findings, []);
  });
});
