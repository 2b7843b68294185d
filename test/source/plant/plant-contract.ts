import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_FREE_MS, FAULT_GAP_MS_MIN } from '../../../src/source/plant/fault-schedule.ts';
import type { Plant, PlantOptions, PlantRow } from '../../../src/source/plant/plant.ts';

export const startMs = Date.parse('2026-01-05T00:00:00Z');
export const DAY_STEPS = 1440;

export const optionsOf = (parts: Partial<PlantOptions> = {}): PlantOptions => ({
  seed: 11,
  startMs,
  steps: DAY_STEPS,
  faults: true,
  dropouts: true,
  ...parts,
});

export const rowsOf = (plant: Plant, parts: Partial<PlantOptions> = {}): PlantRow[] => [
  ...plant.generate(optionsOf(parts)),
];

export const column = (plant: Plant, rows: readonly PlantRow[], name: string): number[] => {
  const c = plant.channels.findIndex((channel) => channel.name === name);
  assert.ok(c >= 0, `no channel ${name}`);
  return rows.map(({ values }) => values[c]);
};

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
}

/** What every plant promises, whatever it is. */
export function testPlantContract(plant: Plant): void {
  test(`${plant.name}: the same options give the same rows, shorter runs are prefixes of longer ones`, () => {
    const day = rowsOf(plant, { steps: 400 });
    assert.deepEqual(rowsOf(plant, { steps: 400 }), day);
    const part = rowsOf(plant, { steps: 150 });
    assert.ok(part.length > 100);
    assert.deepEqual(part, day.slice(0, part.length));
    assert.notDeepEqual(rowsOf(plant, { steps: 150, seed: 12 }), part);
  });

  test(`${plant.name}: rows are whole: finite truth, observed equals truth or null, series known`, () => {
    const seen = new Set<string>();
    for (const { timeMs, series, values, observed } of rowsOf(plant, { steps: 2 * DAY_STEPS })) {
      seen.add(series);
      assert.ok(Number.isSafeInteger(timeMs));
      assert.equal(values.length, plant.channels.length);
      assert.ok(values.every(Number.isFinite), `${series} ${new Date(timeMs).toISOString()}: ${values}`);
      assert.ok(observed.every((value, c) => value === null || value === values[c]));
      assert.ok(observed.some((value) => value !== null));
    }
    assert.deepEqual([...seen].sort(), [...plant.series].sort());
  });

  test(`${plant.name}: values have the resolution of their sensors`, () => {
    for (const { values } of rowsOf(plant, { steps: 50 })) {
      values.forEach((value, c) => {
        assert.equal(value, Number(value.toFixed(plant.channels[c].decimals)));
      });
    }
  });

  test(`${plant.name}: labels and list of faults agree; the first day has none, faults keep their distance`, () => {
    const options = optionsOf({ steps: 6 * DAY_STEPS });
    const faults = plant.faultsOf(options);
    assert.ok(faults.length >= 3);
    const known = new Set(plant.channels.map(({ name }) => name));
    const lastEnd = new Map<string, number>();
    for (const fault of faults) {
      assert.ok(fault.startMs >= startMs + FAULT_FREE_MS);
      assert.ok(fault.startMs >= (lastEnd.get(fault.series) ?? 0) + (lastEnd.has(fault.series) ? FAULT_GAP_MS_MIN : 0));
      assert.ok(fault.endMs > fault.startMs && fault.endMs <= startMs + options.steps * plant.stepMs);
      assert.ok(fault.detectWithinMs > 0 && fault.detectWithinMs <= 6 * 3_600_000);
      assert.ok(fault.channels.length > 0 && fault.channels.every((name) => known.has(name)));
      lastEnd.set(fault.series, fault.endMs);
    }
    // A device's clock may be askew: its labels are judged by true time, its rows carry its own.
    const slackMs = plant.irregular ? 20_000 : 0;
    for (const row of plant.generate(options)) {
      const near = (marginMs: number) =>
        faults.find(
          ({ series, startMs: from, endMs: to }) =>
            series === row.series && row.timeMs >= from - marginMs && row.timeMs < to + marginMs,
        );
      if (row.fault === null) assert.equal(near(-slackMs), undefined);
      else
        assert.deepEqual(
          row.fault,
          (({ kind, channels }) => ({ kind, channels }))(near(slackMs) ?? { kind: '', channels: [] }),
        );
    }
  });

  test(`${plant.name}: without faults nothing is labelled, and rows before the first fault are the same`, () => {
    const options = { steps: 3 * DAY_STEPS };
    assert.deepEqual(plant.faultsOf(optionsOf({ ...options, faults: false })), []);
    const clean = rowsOf(plant, { ...options, faults: false });
    assert.ok(clean.every(({ fault }) => fault === null));
    const broken = rowsOf(plant, options);
    const first = broken.findIndex(({ fault }) => fault !== null);
    assert.ok(first > 0);
    assert.deepEqual(broken.slice(0, first), clean.slice(0, first));
  });
}
