import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planGroups } from '../../src/score/group-score.ts';
import { ScoreTrack } from '../../src/score/score-track.ts';
import { options } from './inference.ts';

const reference = Float64Array.from({ length: 40 }, (_, i) => 0.5 + i / 40);
const groups = [
  { name: 'left', channels: [0], referenceScores: reference },
  { name: 'right', channels: [1], referenceScores: reference },
];
const plans = planGroups(options({ groups }));
const parts = (left: number, right: number) => ({ squared: Float64Array.of(left, right) });

describe('ScoreTrack', () => {
  it('says what its least ordinary group says, as often as there are groups', () => {
    const told = new ScoreTrack(plans).advance(parts(0.7, 100), 0);
    assert.deepEqual([told?.group.name, told?.alarm, told?.pValue], ['right', true, 2 / 41]);
  });

  it('says nothing, and takes nothing in, where no channel is scored', () => {
    const track = new ScoreTrack(plans);
    assert.equal(track.advance(parts(Number.NaN, Number.NaN), 0), null);
    assert.deepEqual(track.mark(), new ScoreTrack(plans).mark());
  });

  it('tells how far the group is that has learnt least; learning is when none can raise an alarm', () => {
    const [left, right] = groups as [(typeof groups)[number], (typeof groups)[number]];
    const fresh = { ...right, referenceScores: new Float64Array(0) };
    const half = new ScoreTrack(planGroups(options({ groups: [left, fresh] })));
    assert.deepEqual([half.learning, half.learnt], [false, { scores: 0, needed: 20 }]);
    const none = new ScoreTrack(
      planGroups(options({ groups: [{ ...left, referenceScores: fresh.referenceScores }, fresh] })),
    );
    assert.equal(none.learning, true);
  });

  it('goes on from a mark that is written down; groups that it does not name begin anew', () => {
    const track = new ScoreTrack(plans);
    for (let i = 0; i < 30; i++) track.advance(parts(0.7 + i, 0.7), 0);
    const snapshot = track.snapshotAt(track.mark());
    const again = ScoreTrack.restored(plans, JSON.parse(JSON.stringify(snapshot)));
    assert.deepEqual(again?.advance(parts(50, 0.7), 0), track.advance(parts(50, 0.7), 0));
    assert.deepEqual(ScoreTrack.restored(plans, [])?.mark(), new ScoreTrack(plans).mark());
    assert.equal(ScoreTrack.restored(plans, undefined as never), null);
    assert.equal(ScoreTrack.restored(plans, [{ ...snapshot?.[0], smoothed: [1] } as never]), null);
  });
});
