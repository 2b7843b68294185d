import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quantise, rowMessage } from '../../../src/source/plant/plant.ts';
import { plantNames, plants } from '../../../src/source/plant/plants.ts';

test('every plant is listed under its own name, with distinct channels and series', () => {
  assert.deepEqual(Object.keys(plants), [...plantNames]);
  for (const name of plantNames) {
    const { channels, series } = plants[name];
    assert.equal(plants[name].name, name);
    assert.equal(new Set(channels.map((channel) => channel.name)).size, channels.length);
    assert.equal(new Set(series).size, series.length);
    assert.ok(
      channels.every((channel) => channel.name !== 'time' && channel.name !== 'series' && channel.name !== 'label'),
    );
  }
});

test('rowMessage: null for a cell that dropped out, nothing for a cell that is not part of the report', () => {
  const row = { timeMs: 5, series: 's', values: [1, 2], observed: [null, 2], fault: null };
  const base = plants['pump-station'];
  const channels = base.channels.slice(0, 2);
  assert.deepEqual(rowMessage({ ...base, channels }, row), { time: 5, series: 's', inflow: null, level: 2 });
  assert.deepEqual(rowMessage({ ...base, channels, irregular: true }, row), { time: 5, series: 's', level: 2 });
});

test('quantise: nearest value of the resolution', () => {
  assert.equal(quantise(1.23456, 2), 1.23);
  assert.equal(quantise(-0.5, 0), -0);
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 4 }), (value, decimals) => {
      assert.ok(Math.abs(quantise(value, decimals) - value) <= 0.5 * 10 ** -decimals + 1e-9);
    }),
  );
});
