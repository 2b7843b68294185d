import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FeedFacts } from '../../../src/cli/init/facts.ts';
import { planSettings } from '../../../src/cli/init/plan-settings.ts';

const facts = (part: Partial<FeedFacts>): FeedFacts => ({
  rows: 5000,
  raggedRows: 0,
  timelessRows: 0,
  doubledRows: 0,
  truncated: false,
  timeColumn: 'time',
  seriesColumn: null,
  seriesCount: 1,
  rowsPerSeries: 5000,
  labelColumns: [],
  ignored: [],
  channels: [],
  stepMs: 60_000,
  irregular: false,
  disorderMs: 0,
  firstMs: 0,
  lastMs: 0,
  periodSteps: null,
  ...part,
});

describe('planSettings', () => {
  it('takes the defaults where there is enough', () => {
    assert.deepEqual(planSettings(facts({}), false), {
      lengthSteps: 96,
      horizonSteps: 24,
      imputeDelaySteps: 12,
      latenessMs: 0,
      unordered: false,
      pValue: 0.0005,
    });
  });

  it('shortens the window for short feeds, within what the config takes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), (rowsPerSeries) => {
        const { lengthSteps, horizonSteps, imputeDelaySteps } = planSettings(facts({ rowsPerSeries }), false);
        assert.ok(lengthSteps % 4 === 0 && lengthSteps >= 16 && lengthSteps <= 96);
        assert.ok(horizonSteps >= 1 && horizonSteps <= 0.75 * lengthSteps && Number.isInteger(horizonSteps));
        assert.ok(imputeDelaySteps >= 0 && imputeDelaySteps < lengthSteps);
      }),
    );
    assert.equal(planSettings(facts({ rowsPerSeries: 200 }), false).lengthSteps, 48);
  });

  it('covers the disorder of the feed by whole steps, a live one by one at least', () => {
    assert.equal(planSettings(facts({ disorderMs: 61_000 }), false).latenessMs, 120_000);
    assert.equal(planSettings(facts({}), true).latenessMs, 60_000);
    const unordered = planSettings(facts({ disorderMs: 10 ** 9 }), false);
    assert.deepEqual([unordered.unordered, unordered.latenessMs], [true, 0]);
  });

  it('allows about one false alarm in three days', () => {
    assert.equal(planSettings(facts({ stepMs: 1000 }), false).pValue, 0.0005);
    assert.equal(planSettings(facts({ stepMs: 600_000 }), false).pValue, 0.0023);
    assert.equal(planSettings(facts({ stepMs: 86_400_000 }), false).pValue, 0.01);
  });
});
