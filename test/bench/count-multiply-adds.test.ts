import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeOf } from '../diffusion/fixtures.ts';
import { countMultiplyAdds } from './count-multiply-adds.ts';

// length 16, 3 channels, patch 4, width 8, 1 block: 4 tokens, 12 (token, channel) pairs
const pairs = 12;

test('counts every matrix product of the null call, worked out by hand', () => {
  const embed = pairs * (4 * 7 + 2) * 8 + 4 * 2 * 8; // cells, time
  const mixes = 4 * pairs * 8 + 3 * pairs * 8; // over tokens, over channels
  const feed = pairs * (8 * 16 + 16 * 8);
  const head = pairs * 8 * 2 * 4;
  assert.equal(countMultiplyAdds(shapeOf()), embed + mixes + feed + head);
});

test('a second block adds its mixes and feed forward', () => {
  const added = countMultiplyAdds(shapeOf({ blocks: 2 })) - countMultiplyAdds(shapeOf());
  assert.equal(added, 7 * pairs * 8 + pairs * 256);
});

test('channel mixing beyond 250 channels goes through a bottleneck: its cost grows linearly', () => {
  const at = (channels: number) => countMultiplyAdds(shapeOf({ channels }));
  assert.equal(at(400) - at(350), at(350) - at(300));
  assert.notEqual(at(200) - at(150), at(150) - at(100));
});
