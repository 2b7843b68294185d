import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WriteRecorder } from './write-recorder.ts';

const score = (row: number, value: number) => Buffer.from(`driftcast_score,series=a score=${value} ${row}\n`);

describe('WriteRecorder', () => {
  it('keeps every content that a point was written with, once', () => {
    const recorder = new WriteRecorder();
    for (const value of [1, 1, 2]) recorder.add(score(5, value));
    assert.deepEqual([...recorder.contents], [['driftcast_score series=a 5', [{ score: 1 }, { score: 2 }]]]);
  });

  it('progress is a score of a later row that was not there before', () => {
    const recorder = new WriteRecorder();
    recorder.add(score(5, 1));
    const sinceMs = performance.now();
    recorder.add(score(5, 2));
    recorder.add(Buffer.from('driftcast_value,series=a,channel=c observed=1 9'));
    recorder.add(score(4, 1));
    assert.equal(recorder.progressAfter(sinceMs, 5), null);
    recorder.add(score(6, 1));
    assert.ok((recorder.progressAfter(sinceMs, 5) ?? 0) >= sinceMs);
    assert.equal(recorder.progressAfter(performance.now(), 5), null);
  });
});
