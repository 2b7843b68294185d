import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { eventReport, mergeEventReports } from '../../src/eval/events.ts';

const dayMs = 86_400_000;
const stepMs = 60_000;

/** '..##..' to 0 and 1. */
const flags = (picture: string) => [...picture].map((character) => (character === '#' ? 1 : 0));

test('found with its delay, missed, found in the grace, false alarm', () => {
  const labels = flags('..###...##....##....');
  const alarms = flags('###..#......##..#...');
  const strict = eventReport(labels, alarms, { stepMs });
  assert.deepEqual(
    strict.events.map(({ delaySteps }) => delaySteps),
    [0, null, null],
  );
  assert.deepEqual(strict.falseAlarms, [
    { start: 5, end: 5 },
    { start: 12, end: 13 },
    { start: 16, end: 16 },
  ]);
  const graceful = eventReport(labels, alarms, { stepMs, graceSteps: 1 });
  assert.deepEqual(
    graceful.events.map(({ delaySteps }) => delaySteps),
    [0, null, 2],
  );
  assert.equal(graceful.found, 2);
  assert.equal(graceful.recall, 2 / 3);
  assert.equal(graceful.delayMsMedian, stepMs);
  assert.deepEqual(graceful.falseAlarms, [{ start: 12, end: 13 }]);
});

test('a long alarm is one false alarm; an alarm running into an event is none', () => {
  assert.equal(eventReport(flags('..........'), flags('.########.'), { stepMs }).falseAlarms.length, 1);
  assert.equal(eventReport(flags('....#.....'), flags('.########.'), { stepMs }).falseAlarms.length, 0);
});

test('rate over the whole span', () => {
  const report = eventReport(
    new Uint8Array(2 * 1440),
    Uint8Array.from({ length: 2 * 1440 }, (_, i) => (i % 480 === 0 ? 1 : 0)),
    { stepMs },
  );
  assert.equal(report.falseAlarms.length, 6);
  assert.equal(report.days, 2);
  assert.equal(report.falseAlarmsPerDay, 3);
  assert.ok(Number.isNaN(report.recall));
  assert.ok(Number.isNaN(report.delayMsMedian));
});

test('median delay of an even number is the middle of two', () => {
  const report = eventReport(flags('###.####'), flags('#.....##'), { stepMs });
  assert.deepEqual(
    report.events.map(({ delaySteps }) => delaySteps),
    [0, 2],
  );
  assert.equal(report.delayMsMedian, stepMs);
});

test('several series: counts add up, the rate is per series-day', () => {
  const one = eventReport(flags('#...'), flags('#..#'), { stepMs: dayMs });
  const two = eventReport(flags('..#.'), flags('....'), { stepMs: dayMs });
  const merged = mergeEventReports([one, two], dayMs);
  assert.equal(merged.events.length, 2);
  assert.equal(merged.found, 1);
  assert.equal(merged.recall, 0.5);
  assert.equal(merged.days, 8);
  assert.equal(merged.falseAlarmsPerDay, 1 / 8);
});

test('every run of alarms is either a false alarm or touches an event, and more grace never hurts', () => {
  const picture = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(picture, picture, fc.integer({ min: 0, max: 5 }), (labels, other, graceSteps) => {
      const alarms = labels.map((_, i) => other[i % other.length]);
      const strict = eventReport(labels, alarms, { stepMs });
      const report = eventReport(labels, alarms, { stepMs, graceSteps });
      assert.ok(report.found >= strict.found);
      assert.ok(report.falseAlarms.length <= strict.falseAlarms.length);
      for (const { start, end } of report.falseAlarms) {
        for (let i = start; i <= end; i++) {
          assert.equal(alarms[i], 1);
          for (let back = 0; back <= graceSteps; back++) assert.notEqual(labels[i - back], 1);
        }
      }
    }),
  );
});
