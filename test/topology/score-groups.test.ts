import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PipelineConfig } from '../../src/config/pipeline-schema.ts';
import { scoreGroupsOf } from '../../src/topology/score-groups.ts';

const groupsOf = (groups: PipelineConfig['score']['groups']) =>
  scoreGroupsOf({
    score: { groups } as PipelineConfig['score'],
    channels: ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: name === 'd' ? 'flag' : 'gauge' })),
  } as unknown as PipelineConfig);

describe('scoreGroupsOf', () => {
  it('is none where none is asked for', () => assert.deepEqual(groupsOf([]), []));

  it('finds channels by name, and gathers the measured ones that are left', () => {
    assert.deepEqual(groupsOf([{ name: 'x', channels: ['c', 'a'] }]), [
      { name: 'x', channels: [0, 2] },
      { name: 'rest', channels: [1] },
    ]);
    assert.deepEqual(groupsOf([{ name: 'x', channels: ['a', 'b', 'c'] }]).length, 1, 'flags are not scored');
  });
});
