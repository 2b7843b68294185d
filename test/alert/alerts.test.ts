import assert from 'node:assert/strict';
import { it } from 'node:test';
import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type AlertInput, AlertTracker } from '../../src/alert/alert-tracker.ts';
import { alerts } from '../../src/alert/alerts.ts';
import { options, rowsOf, silenceOf, verdictOf } from './verdicts.ts';

it('alerts emits an outcome for every input, with the input, in its frame', () => {
  const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
  scheduler.run(({ hot, expectObservable, expectSubscriptions }) => {
    const inputs: Record<string, AlertInput> = {
      a: verdictOf(rowsOf('.A')),
      b: verdictOf(rowsOf('A.', 20)),
      s: silenceOf(30, 90),
    };
    const source = hot<AlertInput>('a-b-s-|', inputs);
    const told = source.pipe(
      alerts(new AlertTracker(options())),
      map(({ input, outcome }) => [input.kind, ...outcome.alerts.map((alert) => alert.state)]),
    );
    expectObservable(told).toBe('   a-b-s-|', {
      a: ['verdict', 'pending'],
      b: ['verdict', 'firing'],
      s: ['silent', 'resolved', 'firing'],
    });
    expectSubscriptions(source.subscriptions).toBe('^-----!');
  });
});

it('alerts passes errors on', () => {
  const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
  scheduler.run(({ cold, expectObservable }) => {
    expectObservable(cold<AlertInput>('-#').pipe(alerts(new AlertTracker(options())))).toBe('-#');
  });
});
