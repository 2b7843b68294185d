import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type AlertInput, AlertTracker } from '../../src/alert/alert-tracker.ts';
import type { AlertTransition } from '../../src/core/alert.ts';
import type { DriftFinding } from '../../src/core/drift.ts';
import { options, rowsOf, silenceOf, stepMs, verdictOf } from './verdicts.ts';

const told = (alerts: readonly AlertTransition[]) => alerts.map((alert) => [alert.kind, alert.state, alert.timeMs]);

describe('AlertTracker', () => {
  it('tells what happened, from pending to resolved, under one id', () => {
    const tracker = new AlertTracker(options());
    const input = verdictOf(rowsOf('.AAA...'), 'pump-3');
    const outcome = tracker.advance(input);
    assert.equal(outcome.verdict, input.kind === 'verdict' && input.verdict);
    assert.deepEqual(told(outcome.alerts), [
      ['anomaly', 'pending', 10],
      ['anomaly', 'firing', 20],
      ['anomaly', 'resolved', 60],
    ]);
    assert.deepEqual(new Set(outcome.alerts.map((alert) => alert.id)), new Set(['pump-3@10']));
    const [, firing, resolved] = outcome.alerts;
    assert.deepEqual([firing.peakScore, firing.minPValue], [12, 0.01 / 3]);
    assert.deepEqual([resolved.peakScore, resolved.minPValue, resolved.startMs], [13, 0.0025, 10]);
    assert.deepEqual(
      firing.channels.map(({ channel }) => channel),
      [0, 1],
    );
    assert.ok(Math.abs(firing.channels[0].share - 0.8) < 1e-12);
    assert.equal(
      firing.summary,
      'pump-3: flow_out 12.1 l/s, expected 8.0 ± 0.9; pressure 12.1 bar, expected 8.0 ± 0.9; p = 0.0033',
    );
    assert.match(resolved.summary, /^pump-3: flow_out .*; p = 0\.0025 \(over after 50 ms\)$/);
    assert.equal(tracker.openCount, 0);
  });

  it('goes on over verdicts, and keeps series apart', () => {
    const tracker = new AlertTracker(options());
    assert.deepEqual(told(tracker.advance(verdictOf(rowsOf('.A'), 'a')).alerts), [['anomaly', 'pending', 10]]);
    assert.deepEqual(told(tracker.advance(verdictOf(rowsOf('.A'), 'b')).alerts), [['anomaly', 'pending', 10]]);
    assert.deepEqual(told(tracker.advance(verdictOf(rowsOf('A.', 20), 'a')).alerts), [['anomaly', 'firing', 20]]);
    assert.deepEqual(told(tracker.advance(verdictOf(rowsOf('..', 20), 'b')).alerts), [['anomaly', 'resolved', 20]]);
    assert.equal(tracker.openCount, 1);
  });

  it('does not depend on how rows are cut into windows', () => {
    const marks = fc.string({ unit: fc.constantFrom('A', '.', '?'), minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(marks, fc.nat(), (text, at) => {
        const cut = 1 + (at % (text.length - 1));
        const whole = new AlertTracker(options()).advance(verdictOf(rowsOf(text))).alerts;
        const tracker = new AlertTracker(options());
        const rows = rowsOf(text);
        const parts = [rows.slice(0, cut), rows.slice(cut)].flatMap((part) => tracker.advance(verdictOf(part)).alerts);
        assert.deepEqual(parts, whole);
      }),
    );
  });

  it('fires when a series falls silent, and resolves when it is heard again', () => {
    const tracker = new AlertTracker(options());
    const { verdict, alerts } = tracker.advance(silenceOf(1000, 90_000));
    assert.equal(verdict, null);
    assert.deepEqual(told(alerts), [['silent', 'firing', 91_000]]);
    assert.equal(alerts[0].id, 's@1000/silent');
    assert.equal(alerts[0].summary, 's: silent for 90 s, last reading 1970-01-01T00:00:01.000Z');
    assert.deepEqual([alerts[0].peakScore, alerts[0].minPValue, alerts[0].channels], [0, 1, []]);
    const again = tracker.advance(verdictOf(rowsOf('.A', 121_000))).alerts;
    assert.deepEqual(told(again), [
      ['silent', 'resolved', 121_000],
      ['anomaly', 'pending', 121_010],
    ]);
    assert.equal(again[0].summary, 's: heard again after 2 min, last reading 1970-01-01T00:00:01.000Z');
  });

  it('resolves a silence with the first row that holds a value, scored or not', () => {
    const tracker = new AlertTracker(options());
    tracker.advance(silenceOf(1000, 100));
    const { alerts } = tracker.advance(verdictOf(rowsOf('????', 2000), 's', 3));
    assert.deepEqual(told(alerts), [['silent', 'resolved', 2030]]);
    tracker.advance(silenceOf(2030, 100));
    const empty = tracker.advance(verdictOf(rowsOf('????', 3000), 's', 4));
    assert.deepEqual(told(empty.alerts), [['silent', 'resolved', 3030]], 'heard, but of nothing that could be used');
  });

  it('tells of a silence once, also when the series was heard too briefly for a window', () => {
    const tracker = new AlertTracker(options());
    tracker.advance(silenceOf(1000, 100));
    assert.deepEqual(tracker.advance(silenceOf(1000, 100)).alerts, []);
    assert.deepEqual(tracker.advance(silenceOf(5000, 100)).alerts, []);
    assert.equal(tracker.openCount, 1);
  });

  it('ends an incident with the silence, also where silences raise no alert', () => {
    for (const silent of [true, false]) {
      const tracker = new AlertTracker(options({ silent }));
      tracker.advance(verdictOf(rowsOf('AA')));
      const { alerts } = tracker.advance(silenceOf(10, 90));
      assert.deepEqual(told(alerts), [['anomaly', 'resolved', 100], ...(silent ? [['silent', 'firing', 100]] : [])]);
      assert.equal(tracker.openCount, silent ? 1 : 0);
    }
  });

  it('does not take a row twice while an alert is open', () => {
    const tracker = new AlertTracker(options());
    tracker.advance(verdictOf(rowsOf('.A')));
    assert.deepEqual(tracker.advance(verdictOf(rowsOf('.A'))).alerts, []);
    assert.deepEqual(told(tracker.advance(verdictOf(rowsOf('AA', 10))).alerts), [['anomaly', 'firing', 20]]);
    assert.deepEqual(tracker.advance(verdictOf([])).alerts, [], 'the scorer left all rows out');
  });

  it('goes on from a snapshot as if nothing had happened', () => {
    const step = fc.record({
      marks: fc.string({ unit: fc.constantFrom('A', '.', '?'), minLength: 2, maxLength: 2 }),
      silent: fc.nat(6).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), fc.nat(), (steps, at) => {
        const inputs = steps.map(({ marks, silent }, i): AlertInput => {
          const firstMs = i * 2 * stepMs;
          return silent ? silenceOf(firstMs - 55, 60) : verdictOf(rowsOf(marks, firstMs));
        });
        const timeOf = (input: AlertInput) =>
          input.kind === 'silent' ? input.lastMs + input.silentForMs : input.verdict.inference.window.endMs;
        const cut = at % (inputs.length - 1);
        const tracker = new AlertTracker(options());
        const outcomes = inputs.map((input) => tracker.advance(input).alerts);
        const snapshot = tracker.takeState('s', timeOf(inputs[cut]));
        assert.ok(snapshot);
        const again = new AlertTracker(options());
        again.restore('s', JSON.parse(JSON.stringify(snapshot)));
        assert.deepEqual(
          inputs.slice(cut + 1).map((input) => again.advance(input).alerts),
          outcomes.slice(cut + 1),
        );
      }),
    );
  });

  it('ends the alert touched least recently beyond its limit', () => {
    const tracker = new AlertTracker(options({ seriesMax: 2 }));
    tracker.advance(silenceOf(0, 100, 'a'));
    tracker.advance(verdictOf(rowsOf('AA'), 'b'));
    const { alerts } = tracker.advance(verdictOf(rowsOf('AA'), 'c'));
    assert.deepEqual(
      alerts.map(({ series, kind, state }) => [series, kind, state]),
      [
        ['c', 'anomaly', 'pending'],
        ['c', 'anomaly', 'firing'],
        ['a', 'silent', 'resolved'],
      ],
    );
    assert.equal(tracker.openCount, 2);
    assert.deepEqual(
      tracker.advance(silenceOf(50, 90, 'd')).alerts.map(({ series, state }) => [series, state]),
      [
        ['d', 'firing'],
        ['b', 'resolved'],
      ],
    );
  });

  describe('drift', () => {
    const finding = (channel: number, kind: DriftFinding['kind'] = 'level_shift', size = 2): DriftFinding => ({
      channel,
      kind,
      sinceMs: 100 * channel,
      was: 1,
      now: 4.5,
      size,
    });
    const look = (tracker: AlertTracker, endMs: number, ...drift: readonly DriftFinding[]) => {
      const input = verdictOf(rowsOf('..', endMs - stepMs));
      assert.ok(input.kind === 'verdict');
      const { inference, rows } = input.verdict;
      const window = { ...inference.window, drift };
      return tracker.advance({ kind: 'verdict', verdict: { rows, inference: { ...inference, window } } }).alerts;
    };

    it('is told when it is found, again when a channel joins, and when it is over; under one name', () => {
      const tracker = new AlertTracker(options());
      const told = [
        look(tracker, 1000),
        look(tracker, 1020, finding(1)),
        look(tracker, 1040, finding(1)),
        look(tracker, 1060, finding(0), finding(1, 'level_shift', 5)),
        look(tracker, 1080, finding(0)),
        look(tracker, 1100),
        look(tracker, 1120),
      ];
      const brief = (alerts: readonly AlertTransition[]) =>
        alerts.map(({ id, kind, state, channels }) => [id, kind, state, channels.map(({ channel }) => channel)]);
      assert.deepEqual(told.map(brief), [
        [],
        [['s@100/drift', 'drift', 'firing', [1]]],
        [],
        [['s@100/drift', 'drift', 'firing', [1, 0]]],
        [],
        [['s@100/drift', 'drift', 'resolved', [0]]],
        [],
      ]);
      assert.match(
        told[1]?.[0]?.summary ?? '',
        /has moved and stays there .*was 1.* since 1970-01-01.*train the model again/,
      );
      assert.equal(tracker.openCount, 0);
    });

    it('goes on from a snapshot, and through a silence', () => {
      const tracker = new AlertTracker(options());
      look(tracker, 1000, finding(1));
      const snapshot = tracker.takeState('s', 1000);
      const next = new AlertTracker(options());
      next.restore('s', JSON.parse(JSON.stringify(snapshot)));
      next.advance(silenceOf(1000, 500));
      assert.deepEqual(
        look(next, 2000, finding(1)).map(({ kind, state }) => [kind, state]),
        [['silent', 'resolved']],
      );
      assert.deepEqual(
        look(next, 2020).map(({ kind, state }) => [kind, state]),
        [['drift', 'resolved']],
      );
    });
  });

  it('forgets what is restored to nothing, and refuses a damaged snapshot', () => {
    const tracker = new AlertTracker(options());
    tracker.advance(verdictOf(rowsOf('AA')));
    tracker.restore('s', null);
    assert.equal(tracker.openCount, 0);
    assert.equal(tracker.takeState('s', 10), null);
    const quiet = { endMs: 0, incident: null, silence: null, drift: null };
    tracker.restore('s', quiet);
    assert.equal(tracker.openCount, 0);
    for (const changes of [
      { endMs: 'x' as never },
      { incident: {} as never },
      { silence: {} as never },
      { drift: {} as never },
      { incident: undefined as never },
    ]) {
      assert.throws(
        () => tracker.restore('s', { ...quiet, ...changes }),
        { code: 'STATE_INVALID' },
        JSON.stringify(changes),
      );
    }
  });
});
