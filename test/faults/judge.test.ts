import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Expected } from '../support/in-process.ts';
import { judge, type Left } from './judge.ts';

const score = 'driftcast_score series=a 0';
const value = 'driftcast_value channel=c,series=a 0';
const expected: Expected = {
  points: new Map([
    [score, { score: 1 }],
    [value, { observed: 2, imputed: 4 }],
  ]),
  // the gap was filled twice
  contents: new Map([
    [score, [{ score: 1 }]],
    [value, [{ observed: 2 }, { imputed: 3 }, { imputed: 4 }]],
  ]),
  writes: 4,
  alerts: [],
  channels: [],
  letters: [
    {
      reason: 'parse_error',
      detail: '',
      position: { topic: 't', partition: 1, generation: 1, offset: 7 },
      key: null,
      raw: null,
      timeMs: 0,
    },
  ],
};
const transitions = new Map([['a@0 firing', [{ summary: 's' }]]]);
const good: Left = {
  points: expected.points,
  written: expected.contents,
  topics: expected.contents,
  posted: transitions,
  letters: ['parse_error 1/7'],
  ends: [3, 8],
  committed: [3, 8],
};

describe('the judge of a fault', () => {
  it('finds nothing where everything is as undisturbed', () => {
    assert.deepEqual(judge(good, expected, transitions), { differences: [], duplicates: [] });
    const less = { ...good, written: new Map([[score, [{ score: 1 + 1e-9 }]]]) };
    assert.deepEqual(judge(less, expected, transitions), { differences: [], duplicates: [] }, 'sums in another order');
  });

  for (const [what, left] of [
    ['a lost point', { points: new Map([[score, { score: 1 }]]) }],
    ['a point too many', { points: new Map([...expected.points, ['driftcast_score series=b 0', { score: 1 }]]) }],
    ['another value', { points: new Map([...expected.points, [score, { score: 1.1 }]]) }],
    ['a filled gap that went back', { points: new Map([...expected.points, [value, { observed: 2, imputed: 3 }]]) }],
    ['a message that is not there', { topics: new Map([...expected.contents, [value, [{ observed: 2 }]]]) }],
    ['a transition that nobody was told of', { posted: new Map() }],
    ['a lost dead letter', { letters: [] }],
    ['a commit that is missing', { committed: [3, 7] }],
  ] as const) {
    it(`sees ${what}`, () => {
      const { differences, duplicates } = judge({ ...good, ...left }, expected, transitions);
      assert.ok(differences.length > 0);
      assert.deepEqual(duplicates, []);
    });
  }

  it('sees what was written in another way and then put right, and a transition that was told twice in two ways', () => {
    const twice = new Map([...expected.contents, [score, [{ score: 1 }, { score: 2 }]]]);
    for (const left of [
      { written: twice },
      { topics: twice },
      { posted: new Map([['a@0 firing', [{ summary: 's' }, { summary: 'other' }]]]) },
    ]) {
      const { differences, duplicates } = judge({ ...good, ...left }, expected, transitions);
      assert.deepEqual(differences, []);
      assert.equal(duplicates.length, 1);
    }
  });
});
