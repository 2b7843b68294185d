import assert from 'node:assert/strict';
import { it } from 'node:test';
import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Inference } from '../../src/core/inference.ts';
import { Scorer } from '../../src/score/scorer.ts';
import { scores } from '../../src/score/scores.ts';
import { inferenceOf, options } from './inference.ts';

it('scores emits one verdict per inference, in its frame, and leaves with its subscriber', () => {
  const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
  scheduler.run(({ hot, expectObservable, expectSubscriptions }) => {
    const source = hot<Inference>('a-b-c|', {
      a: inferenceOf(10, [[1, 1]]),
      b: inferenceOf(20, [[3, 3]]),
      c: inferenceOf(30, null, 1),
    });
    const result = source.pipe(
      scores(new Scorer(options())),
      map(({ rows }) => rows.map((row) => row.score)),
    );
    expectObservable(result).toBe('         a-b-c|', { a: [1], b: [3], c: [Number.NaN] });
    expectObservable(result, '---------^').toBe('---------|');
    expectSubscriptions(source.subscriptions).toBe(['^----!', '---------(^!)']);
  });
});

it('scores passes errors on', () => {
  const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
  scheduler.run(({ cold, expectObservable }) => {
    expectObservable(cold<Inference>('-#').pipe(scores(new Scorer(options())))).toBe('-#');
  });
});
