import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plantTruth } from '../../../src/cli/demo/plant-truth.ts';
import type { Plant, PlantRow } from '../../../src/source/plant/plant.ts';
import { plants } from '../../../src/source/plant/plants.ts';

describe('plantTruth', () => {
  test('holds every value, what was hidden, and when a fault was on', () => {
    const options = { seed: 3, startMs: Date.parse('2026-01-05T00:00:00Z'), steps: 3000, faults: true, dropouts: true };
    const plant = plants['pump-station'];
    const { truth, faults } = plantTruth(plant, options);
    const [own] = truth;
    assert.equal(truth.length, 1);
    assert.deepEqual([own?.series, own?.startMs, own?.rows], ['station-1', options.startMs, options.steps]);
    assert.ok(own?.truth.every(Number.isFinite));
    assert.ok(faults.length > 0);
    let row = 0;
    for (const { timeMs, values, observed } of plant.generate(options)) {
      const at = row * values.length;
      assert.deepEqual([...(own?.truth.subarray(at, at + values.length) ?? [])], values);
      assert.deepEqual(
        [...(own?.hidden.subarray(at, at + values.length) ?? [])],
        observed.map((value) => (value === null ? 1 : 0)),
      );
      const faulty = faults.some(({ startMs, endMs }) => timeMs >= startMs && timeMs < endMs);
      assert.equal(own?.labels?.[row], faulty ? 1 : 0);
      row++;
    }
  });

  test('a plant that never fails has no labels; rows off the start lie on the grid', () => {
    const rows: PlantRow[] = [
      { timeMs: 61_500, series: 'x', values: [1], observed: [1], fault: null },
      { timeMs: 121_500, series: 'x', values: [2], observed: [null], fault: null },
      { timeMs: 999_999, series: 'x', values: [9], observed: [9], fault: null },
    ];
    const plant: Plant = {
      name: 'made-up',
      summary: '',
      channels: [{ name: 'c', unit: '', kind: 'gauge', decimals: 1 }],
      stepMs: 60_000,
      series: ['x'],
      irregular: false,
      generate: () => rows,
      faultsOf: () => [],
    };
    const { truth, faults } = plantTruth(plant, { seed: 1, startMs: 61_500, steps: 3, faults: false, dropouts: true });
    assert.deepEqual(faults, []);
    const [own] = truth;
    assert.equal(own?.startMs, 60_000);
    assert.deepEqual([...(own?.truth ?? [])], [1, 2, Number.NaN]);
    assert.deepEqual([...(own?.hidden ?? [])], [0, 1, 0]);
    assert.deepEqual([...(own?.labels ?? [])], [0, 0, 0]);
  });
});
