import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeOutcomes } from '../../src/sink/encode-outcomes.ts';
import { alertWith, contextWith, scoresOf } from './fixtures.ts';

test('lines keep the order of the outcomes, what cannot be said becomes a dead letter', async () => {
  const silentName = { verdict: null, alerts: [alertWith({ series: '' })] };
  const { lines, rejected } = await encodeOutcomes([scoresOf('a', 2), silentName, scoresOf('b', 1)], contextWith());
  assert.deepEqual(
    lines.map(({ line, series }) => [series, line.split(' ')[0], line.split(' ').at(-1)]),
    [
      ['a', 'driftcast_score,series=a', '1000'],
      ['a', 'driftcast_score,series=a', '2000'],
      ['b', 'driftcast_score,series=b', '1000'],
    ],
  );
  assert.equal(rejected.length, 1);
  assert.equal(rejected[0].reason, 'sink_rejected');
  assert.equal(rejected[0].detail, 'the tag series is empty');
  assert.match(String(rejected[0].raw), /"measurement":"driftcast_alert"/);
});
