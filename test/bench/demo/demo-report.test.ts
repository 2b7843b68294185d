import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DemoSummary } from '../../../src/cli/demo/summary.ts';
import { demoRow, renderDemo } from './demo-report.ts';

const fault = (kind: string, delay: number | null, blamed: string) => ({
  kind,
  start: '',
  end: '',
  channels: ['flow', 'level'],
  found: delay !== null,
  delay_minutes: delay,
  due_minutes: 30,
  in_time: delay !== null && delay <= 30,
  blamed: [blamed],
});
const summaryOf = (seed: number, falseAlarms: number, ...faults: ReturnType<typeof fault>[]) =>
  ({
    seed,
    days: 2,
    faults,
    false_alarms: Array.from({ length: falseAlarms }, () => ({})),
    anomaly: { model: { vus_pr: 0.8 }, baselines: { ridge_var: { vus_pr: 0.5 }, z_score: { vus_pr: null } } },
  }) as unknown as DemoSummary;

describe('the report of the demo', () => {
  const rows = [
    demoRow(summaryOf(1, 1, fault('leak', 12, 'flow'), fault('frozen_sensor', null, ''))),
    demoRow(summaryOf(2, 6, fault('leak', 40, 'inflow'))),
  ];

  it('keeps what is judged of a run', () => {
    assert.deepEqual(rows[0], {
      seed: 1,
      days: 2,
      faults: [
        { kind: 'leak', found: true, in_time: true, delay_minutes: 12, due_minutes: 30, right_channel: true },
        {
          kind: 'frozen_sensor',
          found: false,
          in_time: false,
          delay_minutes: null,
          due_minutes: 30,
          right_channel: false,
        },
      ],
      false_alarms: 1,
      vus_pr: 0.8,
      reference_vus_pr: { ridge_var: 0.5, z_score: 0 },
    });
  });

  it('counts by kind and by seed', () => {
    const machine = { cpu: 'x', cores: 2, node: 'v20' };
    const text = renderDemo({
      schema_version: 1,
      command: 'c',
      commit: 'abc',
      measured_at: 'now',
      machine,
      model: 'm',
      rows,
    });
    const line = (start: string) => text.split('\n').find((one) => one.startsWith(start));
    assert.equal(line('| frozen_sensor'), '| frozen_sensor | 1 | 0 | 0 | - | 30 | 0 |');
    assert.equal(line('| leak'), '| leak | 2 | 2 | 1 | 40 | 30 | 1 |');
    assert.equal(line('| **all**'), '| **all** | 3 | 2 | 1 | 40 | 30 | 1 |');
    assert.equal(line('| 2 '), '| 2 | 1 | 0 | 1 | 3.00 | 0.800 | 0.500 | 0.000 |');
    assert.match(
      text,
      /2 seeds, 4 days: 1.75 false alarms a day, at most one a day on 1 of the seeds; mean VUS-PR 0.800/,
    );
  });
});
