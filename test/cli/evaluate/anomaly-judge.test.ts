import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AnomalyJudge } from '../../../src/cli/evaluate/anomaly-judge.ts';
import type { SeriesTruth } from '../../../src/cli/evaluate/truth.ts';
import { alertOf, type MadeUpRow, stepMs, truthOf, verdictOf } from './made-up-verdicts.ts';

const judgeOf = (...truth: SeriesTruth[]) => new AnomalyJudge({ truth, stepMs, askedPValue: 0.01, graceSteps: 1 });
const rowsFrom = (first: number, scores: readonly number[], alarms = ''): MadeUpRow[] =>
  scores.map((score, i) => ({
    row: first + i,
    score,
    alarm: alarms[i] === '1',
    pValue: alarms[i] === '1' ? 0.001 : 0.5,
  }));
const text = (flags: Uint8Array | undefined) => [...(flags ?? [])].join('');

describe('AnomalyJudge', () => {
  test('a row is an alarm only while the alert is firing', () => {
    const judge = judgeOf(truthOf('s', 12));
    const verdict = verdictOf('s', rowsFrom(4, [9, 9, 9, 1, 9, 1, 1, 9], '11101001'));
    judge.add(verdict, [alertOf('s', 'pending', 4, 4), alertOf('s', 'firing', 5, 4), alertOf('s', 'resolved', 10, 4)]);
    // row 4 is pending, row 7 ordinary within the alert, row 11 an alarm of nothing that fires
    assert.equal(text(judge.series[0]?.alarm), '000001101000');
  });

  test('an alert stays open from window to window', () => {
    const judge = judgeOf(truthOf('s', 6));
    judge.add(verdictOf('s', rowsFrom(0, [9, 9], '11')), [alertOf('s', 'firing', 1, 0)]);
    judge.add(verdictOf('s', rowsFrom(2, [9, 1], '10')), [alertOf('s', 'resolved', 3, 0)]);
    judge.add(verdictOf('s', rowsFrom(4, [9, 9], '11')), [alertOf('s', 'pending', 4, 4)]);
    assert.equal(text(judge.series[0]?.alarm), '011000');
    assert.equal(judge.alerts.length, 3);
  });

  test('a silence ends what was firing, on its own series alone', () => {
    const judge = judgeOf(truthOf('s', 8), truthOf('other', 8));
    judge.add(verdictOf('s', rowsFrom(0, [9], '1')), [alertOf('s', 'firing', 0, 0)]);
    judge.add(verdictOf('other', rowsFrom(0, [9], '1')), [alertOf('other', 'firing', 0, 0)]);
    judge.addSilence([alertOf('s', 'resolved', 4, 0)]);
    judge.add(verdictOf('s', rowsFrom(6, [9], '1')), [alertOf('s', 'pending', 6, 6)]);
    judge.add(verdictOf('other', rowsFrom(6, [9], '1')), []);
    assert.deepEqual(
      judge.series.map(({ alarm }) => text(alarm)),
      ['10000000', '10000010'],
    );
    assert.equal(judge.alerts.length, 4);
  });

  test('an alert that had to make room for another series is over, and opens none there', () => {
    const judge = judgeOf(truthOf('old', 4), truthOf('new', 4));
    judge.add(verdictOf('old', rowsFrom(0, [9], '1')), [alertOf('old', 'firing', 0, 0)]);
    judge.add(verdictOf('new', rowsFrom(1, [9], '1')), [
      alertOf('new', 'firing', 1, 1),
      alertOf('old', 'resolved', 1, 0),
    ]);
    judge.add(verdictOf('old', rowsFrom(2, [9], '1')), []);
    judge.add(verdictOf('new', rowsFrom(2, [9], '1')), []);
    assert.deepEqual(
      judge.series.map(({ alarm }) => text(alarm)),
      ['1000', '0110'],
    );
  });

  test('counts events, false alarms and what was asked for', () => {
    //                              0123456789
    const judge = judgeOf(truthOf('s', 10, '0001100110'));
    const verdict = verdictOf('s', rowsFrom(0, [1, 9, 1, 1, 9, 1, 1, 1, 1, 1], '0100100000'));
    judge.add(verdict, [alertOf('s', 'firing', 1, 1)]);
    const report = judge.json()?.model;
    assert.deepEqual([report?.events, report?.events_found, report?.false_alarms], [2, 1, 1]);
    assert.equal(report?.delay_ms_median, stepMs); // the event begins in row 3, the alarm comes in row 4
    assert.equal(report?.false_alarms_per_day, 1440 / 10); // one in ten minutes
    assert.equal(report?.f1, (2 * 1) / (4 + 2)); // one row of both, four labelled, two alarmed
    const online = judge.online();
    assert.deepEqual(
      [online?.alarm_rate_asked, online?.alarm_rate_achieved, online?.opened_rate_achieved],
      [0.01, 1 / 6, 1 / 6],
    );
    assert.deepEqual([online?.learning_rows, online?.skipped_windows], [0, 0]);
  });

  test('ranks model and references over the same rows, those never scored included', () => {
    const judge = judgeOf(truthOf('s', 400, `${'0'.repeat(300)}${'1'.repeat(20)}${'0'.repeat(80)}`));
    const scores = (high: number, from: number) =>
      Array.from({ length: 300 }, (_, i) => (i + 100 >= from && i + 100 < from + 20 ? high : 1 + (i % 7) / 10));
    const beside = scores(50, 200);
    judge.add(
      verdictOf(
        's',
        rowsFrom(100, scores(50, 300)).map((row, i) => ({ ...row, beside: beside[i] })),
      ),
      [],
    );
    const json = judge.json();
    assert.equal(json?.model.auc_pr, 1);
    assert.equal(json?.model.auc_roc, 1);
    assert.ok((json?.model.vus_pr as number) > 0.7);
    const { ridge_var: other, z_score: nothing } = json?.baselines ?? {};
    assert.ok((other?.auc_pr as number) < 0.2 && (other?.vus_pr as number) < (json?.model.vus_pr as number));
    assert.ok((nothing?.vus_pr as number) < (other?.vus_pr as number), 'one that said nothing');
    assert.deepEqual([other?.events, other?.events_found, other?.f1, other?.false_alarms], [1, null, null, null]);
    assert.deepEqual([...(judge.series[0]?.score.subarray(0, 100) ?? [])], Array(100).fill(0));
  });

  test('means are over the series that have events; without labels there is nothing to judge', () => {
    const quiet = truthOf('quiet', 200, '0'.repeat(200));
    const judge = judgeOf(truthOf('s', 200, `${'0'.repeat(100)}${'1'.repeat(10)}${'0'.repeat(90)}`), quiet);
    judge.add(
      verdictOf(
        's',
        rowsFrom(
          0,
          Array.from({ length: 200 }, (_, i) => (i >= 100 && i < 110 ? 9 : i / 1000)),
        ),
      ),
      [],
    );
    assert.equal(judge.json()?.model.auc_pr, 1);
    const unlabelled = judgeOf(truthOf('s', 10));
    unlabelled.add(verdictOf('s', rowsFrom(0, [1, 2])), []);
    assert.equal(unlabelled.json(), null);
    assert.equal(unlabelled.online()?.alarm_rate_achieved, 0);
  });

  test('rows that could not be scored, rows beyond the truth and unknown series change nothing', () => {
    const judge = judgeOf(truthOf('s', 3));
    judge.add(verdictOf('s', rowsFrom(0, [Number.NaN, 2, 3, 4, 5], '11111'), false), [alertOf('s', 'firing', 0, 0)]);
    judge.add(verdictOf('unknown', rowsFrom(0, [9], '1')), []);
    const [own] = judge.series;
    assert.deepEqual([...(own?.score ?? [])], [0, 2, 3]);
    assert.deepEqual([...(own?.pValue ?? [])], [1, 0.001, 0.001]);
    assert.equal(text(own?.alarm), '011');
    assert.equal(own?.scored, 2);
    assert.equal(judge.online()?.skipped_windows, 1);
  });
});
