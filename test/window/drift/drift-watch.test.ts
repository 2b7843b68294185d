import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DriftKind } from '../../../src/core/drift.ts';
import { DriftWatch, encodeDrift } from '../../../src/window/drift/drift-watch.ts';
import { createNormalizer, exportNormalizer, importNormalizer } from '../../../src/window/normalizer.ts';
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

describe('what a feed may bring', () => {
  const width = channels.length;
  /** Ordinary days with channel 0 as `change` makes it. */
  const changed = (seed: number, change: (value: number, row: number) => number, all = days) => {
    const values = simulateDays(seed, 'none', all, 0);
    for (let row = 0; row < all * dayRows; row++) values[row * width] = change(values[row * width] as number, row);
    return values;
  };
  const ofFirst = (told: ReturnType<typeof watchDays>['told']) => told.filter(({ finding }) => finding.channel === 0);

  it('adapt: a move that goes on is followed to its end', () => {
    const up = (row: number) => 2.5 * Math.min(4, Math.max(0, row / dayRows - 15));
    const { told, normalizer } = watchDays(
      changed(7, (value, row) => value + up(row), 40),
      'adapt',
    );
    assert.ok(
      ofFirst(told).every(({ endRow }) => endRow !== null),
      'it is over',
    );
    assert.ok(Math.abs(normalizer.mean[0] - 20) < 1, `${normalizer.mean[0]}`);
  });

  it('a sensor that hangs for a while takes nothing from what is known besides', () => {
    const hangs = (row: number) => row >= 25 * dayRows && row < 25 * dayRows + 60;
    const values = changed(8, (value, row) => (hangs(row) ? 13 : value + (row >= 15 * dayRows ? 3 : 0)));
    const { told, watch } = watchDays(values, 'hold');
    const shifts = ofFirst(told).filter(({ finding }) => finding.kind === 'level_shift');
    assert.deepEqual(
      shifts.map(({ endRow }) => endRow),
      [null],
    );
    assert.equal(watch.holds(0), true);
  });

  it('a coarser sensor is another sensor, and not one that freezes twice a day', () => {
    const coarse = (value: number, row: number) => (row < 15 * dayRows ? value : Math.round(value / 2) * 2);
    const kinds = ofFirst(watchDays(changed(9, coarse), 'retrain').told).map(({ finding }) => finding.kind);
    // until it is known how long the new one says the same
    assert.ok(kinds.filter((kind) => kind === 'sensor_frozen').length <= 3, kinds.join());
  });

  it('one broken cell in the days that are learnt from blinds nobody', () => {
    const broken = (value: number, row: number) =>
      row === 4 * dayRows + 70 ? -9999 : value + (row >= 15 * dayRows ? 4 : 0);
    const [first] = ofFirst(watchDays(changed(10, broken), 'retrain').told);
    assert.equal(first?.finding.kind, 'level_shift');
    assert.ok((first?.row ?? 0) <= 18 * dayRows);
  });

  it('a machine that was off in the days that are learnt from is learnt when it runs', () => {
    const later = (value: number, row: number) => (row < 9 * dayRows ? 0 : value + (row >= 24 * dayRows ? 4 : 0));
    const [first] = ofFirst(watchDays(changed(11, later, 40), 'retrain').told);
    assert.equal(first?.finding.kind, 'level_shift');
    assert.ok(Math.abs((first?.row ?? 0) - 26 * dayRows) <= dayRows, `${(first?.row ?? 0) / dayRows}`);
  });

  it('never says a size that cannot be written down', () => {
    const steps = (_: number, row: number) => (row < 15 * dayRows ? (row * 7919) % 13 : Math.floor(row / dayRows));
    for (const { finding } of watchDays(changed(12, steps), 'retrain').told)
      assert.ok(Number.isFinite(finding.size) && Number.isFinite(finding.was) && Number.isFinite(finding.now));
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
    const cells = (row: number) => values.subarray(row * channels.length, (row + 1) * channels.length);
    for (const cut of [1, 100, 7 * dayRows, 7 * dayRows + 1, 16 * dayRows + 30, 17 * dayRows, 18 * dayRows]) {
      const [whole, before] = [watchOf(), watchOf()];
      const [wholeNormal, beforeNormal] = [normalizer(), normalizer()];
      for (let row = 0; row < cut; row++) before.advance(row, cells(row), beforeNormal);
      const afterNormal = importNormalizer(exportNormalizer(beforeNormal), channels.length);
      const mark = before.mark();
      // what comes after a mark must not change it
      for (let row = cut; row < Math.min(rows, cut + 3 * dayRows); row++) before.advance(row, cells(row), beforeNormal);
      const after = watchOf(encodeDrift(mark));
      for (let row = 0; row < rows; row++) {
        whole.advance(row, cells(row), wholeNormal);
        if (row >= cut) after.advance(row, cells(row), afterNormal);
      }
      assert.deepEqual(after.findings, whole.findings, `cut at ${cut}`);
      assert.equal(encodeDrift(after.mark()), encodeDrift(whole.mark()), `cut at ${cut}`);
      assert.deepEqual(exportNormalizer(afterNormal), exportNormalizer(wholeNormal), `cut at ${cut}`);
    }
  });

  it('learns anew where the blocks have another length', () => {
    const values = simulateDays(1, 'none', 12, 0);
    const day = watchOf();
    for (let row = 0; row < 12 * dayRows; row++)
      day.advance(row, values.subarray(row * channels.length, (row + 1) * channels.length), normalizer());
    const own = { stepMs, referenceBlocks: referenceDays, action: 'adapt', channels } as const;
    const half = (restored: string | null) => new DriftWatch({ ...own, blockMs: (dayRows / 2) * stepMs }, restored);
    assert.equal(encodeDrift(half(encodeDrift(day.mark())).mark()), encodeDrift(half(null).mark()));
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
      watch.advance(row, values.subarray(row * channels.length, (row + 1) * channels.length), normalizer());
    assert.deepEqual(watch.findings, []);
  });
});
