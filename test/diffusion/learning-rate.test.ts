import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  coolDownFrom,
  isValidated,
  lastStep,
  learningRateAt,
  periodOf,
  type Schedule,
} from '../../src/diffusion/learning-rate.ts';

const of = (steps: number): Schedule => ({ steps, paced: true, coolDown: null });
const steps = fc.integer({ min: 1, max: 5000 });

describe('learningRateAt', () => {
  it('rises over the first steps and comes down to nearly nothing', () => {
    const schedule = of(1000);
    assert.ok(Math.abs(learningRateAt(0, schedule, 0.01) - 0.01 / 50) < 1e-6);
    assert.ok(Math.abs(learningRateAt(500, schedule, 0.01) - 0.005) < 1e-12);
    assert.ok(learningRateAt(999, schedule, 0.01) < 1e-7);
    const rates = Array.from({ length: 1000 }, (_, step) => learningRateAt(step, schedule, 0.01));
    const top = rates.indexOf(Math.max(...rates));
    assert.ok(rates.every((rate, i) => i === 0 || (i <= top ? rate > rates[i - 1] : rate < rates[i - 1])));
  });

  it('an early end begins at the rate of its step, and comes down to nearly nothing too', () => {
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const from = Math.min(all - 1, Math.floor(share * all));
        const schedule = coolDownFrom(from, of(all), 20);
        assert.equal(learningRateAt(from, schedule, 1), learningRateAt(from, of(all), 1));
        const last = lastStep(schedule);
        assert.ok(last <= all && last > from);
        for (let step = from + 1; step < last; step++)
          assert.ok(learningRateAt(step, schedule, 1) < learningRateAt(step - 1, schedule, 1));
      }),
    );
    assert.deepEqual(coolDownFrom(1000, of(3000), 50).coolDown, { from: 1000, to: 1100 });
    assert.deepEqual(coolDownFrom(200, of(3000), 50).coolDown, { from: 200, to: 250 });
    assert.deepEqual(coolDownFrom(2990, of(3000), 50).coolDown, { from: 2990, to: 3000 });
  });
});

describe('isValidated', () => {
  it('every so many steps after the warm-up, and at the end', () => {
    const when = (schedule: Schedule, every: number) =>
      Array.from({ length: lastStep(schedule) }, (_, i) => i + 1).filter((done) => isValidated(done, schedule, every));
    assert.deepEqual(when(of(1250), 500), [104, 208, 312, 416, 520, 624, 728, 832, 936, 1040, 1144, 1248, 1250]);
    assert.deepEqual(when(of(10_000), 4000).slice(0, 2), [833, 1666]);
    assert.deepEqual(when(of(250), 30), [60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 250]);
    assert.deepEqual(when(of(4), 100), [4]);
    assert.deepEqual(when(coolDownFrom(100, of(400), 20), 20), [60, 80, 100, 120]);
  });

  it('always at the end, and never less often than a twelfth of a long schedule', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 1000 }), (all, every) => {
        assert.ok(isValidated(all, of(all), every));
        assert.ok(periodOf(of(all), every) <= Math.max(20, all / 12) && periodOf(of(all), every) <= every);
      }),
    );
  });
});
