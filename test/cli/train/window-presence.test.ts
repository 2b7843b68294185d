import assert from 'node:assert/strict';
import { test } from 'node:test';
import { windowPresence } from '../../../src/cli/train/window-presence.ts';

const seriesOf = (channels: number, rows: number, known: (row: number, channel: number) => boolean) => ({
  series: 's',
  startMs: 0,
  rows,
  values: Float64Array.from({ length: rows * channels }, (_, i) =>
    known(Math.floor(i / channels), i % channels) ? 1 : Number.NaN,
  ),
});

test('the share of the channels that a window has, and who is most alone', () => {
  const all = seriesOf(3, 40, () => true);
  assert.equal(windowPresence([all], 3, 10).together, 1);
  // the third channel is known alone, in the second half
  const apart = seriesOf(3, 40, (row, c) => (c === 2 ? row >= 20 : row < 20));
  assert.deepEqual(windowPresence([apart], 3, 10), { together: (2 + 2 + 1 + 1) / 4 / 3, alone: 2 });
});

test('one value is enough; windows and channels without any do not count', () => {
  const sparse = seriesOf(3, 40, (row, c) => c < 2 && row % 10 === 3 && row < 20);
  assert.deepEqual(windowPresence([sparse], 3, 10).together, 1);
  assert.deepEqual(windowPresence([seriesOf(2, 10, () => false)], 2, 10), { together: 0, alone: -1 });
});
