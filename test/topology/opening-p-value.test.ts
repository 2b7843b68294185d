import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PipelineConfig } from '../../src/config/pipeline-schema.ts';
import { openingPValue } from '../../src/topology/opening-p-value.ts';

const configOf = (alert: object) => ({ alert, window: { step_ms: 86_400 } }) as unknown as PipelineConfig;

describe('openingPValue', () => {
  it('is what is asked for, or one in a thousand', () => {
    assert.equal(openingPValue(configOf({ p_value: 0.01 }), null), 0.01);
    assert.equal(openingPValue(configOf({}), 7), 0.001);
  });

  it('follows from a rate and the rows that the model says an alarm takes', () => {
    assert.equal(openingPValue(configOf({ false_alarms_per_day: 0.5 }), 4), 0.002);
  });

  it('does not guess where the model does not say', () => {
    assert.throws(() => openingPValue(configOf({ false_alarms_per_day: 1 }), null), {
      code: 'CONFIG_INVALID',
      message: /false_alarms_per_day is 1/,
    });
  });
});
