import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMetrics } from './read-metrics.ts';
import { slope } from './slope.ts';

describe('slope', () => {
  it('is that of the line of least squares', () => {
    assert.equal(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
      2,
    );
    assert.equal(
      slope([
        [0, 1],
        [1, 0],
        [2, 1],
      ]),
      0,
    );
    assert.ok(Number.isNaN(slope([[1, 1]])));
  });
});

describe('readMetrics', () => {
  it('sums a metric over its labels, and takes it apart by one', () => {
    const text = [
      '# HELP driftcast_lag_messages x',
      'driftcast_lag_messages{pipeline="p",topic="t",partition="0"} 3',
      'driftcast_lag_messages{pipeline="p",topic="t",partition="1"} 4',
      'driftcast_lag_messages_other 9',
    ].join('\n');
    assert.equal(readMetrics(text).sum('lag_messages'), 7);
    assert.deepEqual(readMetrics(text).by('lag_messages', 'partition'), { 0: 3, 1: 4 });
    assert.equal(readMetrics(text).sum('nothing'), 0);
  });
});
