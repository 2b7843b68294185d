import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { vus } from '../../../../src/eval/vus.ts';
import { type AnomalyFile, allRows } from '../data/anomaly-file.ts';
import { judgeDetector } from './judge-detector.ts';

const rows = 400;
const event = { start: 300, end: 309 };
const labels = Uint8Array.from({ length: rows }, (_, row) => (row >= event.start && row <= event.end ? 1 : 0));
const file = (changes: Partial<AnomalyFile> = {}): AnomalyFile => ({
  set: 'SMD',
  name: 'made',
  channels: ['a', 'b', 'c'].map((name) => ({ name, kind: 'gauge' })),
  stepMs: 60_000,
  rows,
  values: new Float64Array(3 * rows),
  labels,
  judged: allRows(rows),
  trainRows: 100,
  published: null,
  choosing: false,
  affected: [{ ...event, channels: [0, 2] }],
  ...changes,
});
const detection = (alarmed: readonly number[]) => ({
  score: Float64Array.from({ length: rows }, (_, row) => (labels[row] === 1 ? 5 : 1 + ((row * 37) % 100) / 100)),
  pValue: Float64Array.from({ length: rows }, (_, row) => (alarmed.includes(row) ? 0.005 : 0.5)),
  alarm: Uint8Array.from({ length: rows }, (_, row) => (alarmed.includes(row) ? 1 : 0)),
  learning: new Uint8Array(rows),
  blame: Float32Array.from({ length: 3 * rows }, (_, i) => [3, 1, 2][i % 3]),
});

describe('judgeDetector', () => {
  it('ranks over the whole file, and counts alarms after training alone', () => {
    const figures = judgeDetector(file(), detection([50, 200, 304, 305]), 20);
    assert.equal(figures.vus_pr, vus(labels, detection([]).score, 20).pr);
    assert.equal(figures.auc_pr, 1);
    // 300 rows after training without the event and the 32 rows after it
    assert.equal(figures.opened_rate, 1 / (300 - 10 - 32));
    assert.equal(figures.alarm_rate, figures.opened_rate);
    assert.deepEqual([figures.events, figures.events_found, figures.delay_rows], [1, 1, 4]);
    assert.equal(figures.event_precision, 1 / 2);
    assert.equal(figures.f1, (2 * 2) / (10 + 3));
  });

  it('an alarm that goes on for a while after its event is not false', () => {
    const figures = judgeDetector(file(), detection([305, 306, ...Array.from({ length: 20 }, (_, k) => 307 + k)]), 20);
    assert.equal(figures.opened_rate, 0);
    assert.equal(figures.event_precision, 1);
  });

  it('rows of learning say nothing of the rate', () => {
    const own = detection([200]);
    own.learning.fill(1, 0, 250);
    assert.equal(judgeDetector(file(), own, 20).opened_rate, 0);
  });

  it('finds as many of the affected channels as the mean blame over the event ranks first', () => {
    const figures = judgeDetector(file(), detection([]), 20);
    assert.deepEqual([figures.hit_rate_100, figures.hit_rate_150], [1, 1]);
    const other = judgeDetector(file({ affected: [{ ...event, channels: [1, 2] }] }), detection([]), 20);
    assert.deepEqual([other.hit_rate_100, other.hit_rate_150], [0.5, 1]);
    assert.ok(Number.isNaN(judgeDetector(file({ affected: [] }), detection([]), 20).hit_rate_100));
  });

  it('judges the rows that the recording has', () => {
    const judged = allRows(rows).filter((row) => row !== 304);
    const figures = judgeDetector(file({ judged }), detection([304]), 20);
    assert.equal(figures.events_found, 0);
  });
});
