import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { advanceIncident, blamedChannels, firstToMove, type Incident } from '../../src/alert/incident.ts';
import { contribution, row, rowsOf } from './verdicts.ts';

/** The transitions of a run of rows: p, f, r, or - for none. */
function transitions(marks: string, pendingSteps = 2, resolveSteps = 3): string {
  let incident: Incident | null = null;
  return rowsOf(marks)
    .map((next) => {
      const step = advanceIncident(incident, next, { pendingSteps, resolveSteps });
      incident = step.incident;
      return step.transition === null ? '-' : step.transition.state[0];
    })
    .join('');
}

describe('advanceIncident', () => {
  const cases: readonly [string, string, string][] = [
    ['fires after pendingSteps alarm rows in a row', '.AAA', '-pf-'],
    ['resolves after resolveSteps ordinary rows in a row', 'AA...', 'pf--r'],
    ['counts ordinary rows anew after an alarm row', 'AA..A...', 'pf-----r'],
    ['resolves a pending that fades', 'A.A.', 'prpr'],
    ['opens anew after an end', 'AA...AA', 'pf--rpf'],
    ['takes a row that could not be scored for neither', 'A?A.?.?.', 'p-f----r'],
    ['stays quiet while all is ordinary', '..?..', '-----'],
  ];
  for (const [what, marks, expected] of cases) {
    it(what, () => assert.equal(transitions(marks), expected));
  }

  it('fires at once where no pending is asked for, and resolves at once where no patience is', () => {
    assert.equal(transitions('A..', 1, 1), 'fr-');
  });

  it('tells each life in order: pending, perhaps firing, resolved', () => {
    const marks = fc.string({ unit: fc.constantFrom('A', '.', '?'), maxLength: 80 });
    fc.assert(
      fc.property(
        marks,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (text, pendingSteps, resolveSteps) => {
          const told = transitions(text, pendingSteps, resolveSteps).replaceAll('-', '');
          assert.match(told, /^(pf?r)*(pf?)?$/);
        },
      ),
    );
  });

  it('starts with the first alarm row and keeps the worst', () => {
    const rules = { pendingSteps: 2, resolveSteps: 3 };
    const first = advanceIncident(null, row(50, { alarm: true, score: 4, pValue: 0.01 }), rules).incident;
    const second = advanceIncident(first, row(60, { alarm: true, score: 9, pValue: 0.002 }), rules).incident;
    const third = advanceIncident(second, row(70, { alarm: true, score: 5, pValue: 0.04 }), rules).incident;
    assert.deepEqual([third?.startMs, third?.peakScore, third?.minPValue, third?.weight], [50, 9, 0.002, 18]);
    assert.equal(first?.peakScore, 4, 'an incident is never changed in place');
  });
});

describe('blamedChannels', () => {
  it('ranks channels over the whole incident, each with its worst row', () => {
    const rows = [
      row(0, { alarm: true, score: 10, topChannels: [contribution(0, 0.6, 1), contribution(1, 0.4, 2)] }),
      row(10, {
        alarm: true,
        score: 30,
        topChannels: [contribution(1, 0.5, 3), contribution(0, 0.3, 4), contribution(2, 0.2, 5)],
      }),
      row(20, { alarm: true, score: 10, topChannels: [contribution(1, 1, 6)] }),
    ];
    const rules = { pendingSteps: 1, resolveSteps: 1 };
    const incident = rows.reduce<Incident | null>(
      (before, next) => advanceIncident(before, next, rules).incident,
      null,
    );
    assert.ok(incident);
    const blamed = blamedChannels(incident, 2);
    assert.deepEqual(
      blamed.map(({ channel, share, observed }) => [channel, share, observed]),
      [
        [1, 29 / 50, 3],
        [0, 15 / 50, 4],
      ],
    );
    assert.equal(blamedChannels(incident, 9).length, 3);
  });
});

describe('an incident', () => {
  const rules = { pendingSteps: 1, resolveSteps: 3 };
  const alarm = (timeMs: number, score: number, ...sinceMs: readonly (number | null)[]) =>
    row(timeMs, {
      alarm: true,
      score,
      topChannels: sinceMs.map((since, channel) => ({ ...contribution(channel, 0.5), sinceMs: since })),
    });
  const after = (...rows: readonly ReturnType<typeof alarm>[]): Incident => {
    let incident: Incident | null = null;
    for (const one of rows) incident = advanceIncident(incident, one, rules).incident;
    assert.ok(incident !== null);
    return incident;
  };

  it('knows the row of its peak, the first of equal ones', () => {
    const { startMs, peakMs, peakScore } = after(alarm(10, 4), alarm(20, 9), alarm(30, 9), alarm(40, 2));
    assert.deepEqual([startMs, peakMs, peakScore], [10, 20, 9]);
  });

  it('knows which of the blamed channels moved first, as it was first seen', () => {
    assert.equal(firstToMove(after(alarm(100, 4, null, null)), 2), null);
    assert.deepEqual(firstToMove(after(alarm(100, 4, 90, 70)), 2), { channel: 1, sinceMs: 70 });
    // a channel that came back for a while and left again keeps its first time
    assert.deepEqual(firstToMove(after(alarm(100, 4, 60, 70), alarm(110, 4, 105, 70)), 2), { channel: 0, sinceMs: 60 });
    // one that is not blamed does not count
    assert.deepEqual(firstToMove(after(alarm(100, 4, 90, 70)), 1), { channel: 0, sinceMs: 90 });
  });
});
