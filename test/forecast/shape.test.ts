import assert from 'node:assert/strict';
import { test } from 'node:test';
import { members, shapeOf } from '../../src/forecast/shape.ts';

test('bounds are bent as the values are', () => {
  const shape = shapeOf({
    horizon: 1,
    stepMs: 1,
    everySteps: 1,
    units: [
      { transform: 'none', min: -4, max: 9 },
      { transform: 'sqrt', min: -4, max: 9 },
      { transform: 'log1p', min: 0, max: Number.MAX_VALUE },
    ],
  });
  assert.equal(shape.channels, 3);
  assert.deepEqual(shape.bounds.slice(0, 2), [
    { min: -4, max: 9 },
    { min: -2, max: 3 },
  ]);
  assert.equal(shape.bounds[2].min, 0);
  assert.ok(Number.isFinite(shape.bounds[2].max));
  assert.equal(members[0], 'network', 'what serves until there is evidence');
});
