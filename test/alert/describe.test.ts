import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeAnomaly, describeContribution, describeDuration } from '../../src/alert/describe.ts';
import { channels, contribution } from './verdicts.ts';

describe('describeContribution', () => {
  const text = (changes: object, channel = 0) =>
    describeContribution({ ...contribution(channel, 1), ...changes }, channels[channel]);

  it('shows as many decimals as the half width makes sense of', () => {
    assert.equal(text({}), 'flow_out 12.1 l/s, expected 8.0 ± 0.9');
    assert.equal(
      text({ observed: 1234.5678, expected: 1200, halfWidth90: 25 }),
      'flow_out 1235 l/s, expected 1200 ± 25',
    );
    assert.equal(
      text({ observed: 0.01234, expected: 0.01, halfWidth90: 0.0004 }),
      'flow_out 0.0123 l/s, expected 0.0100 ± 0.0004',
    );
  });

  it('leaves out a unit that is not there and a spread that is not known', () => {
    assert.equal(text({ halfWidth90: Number.NaN }, 2), 'valve 12.1, expected 8');
    assert.equal(text({ halfWidth90: 0 }), 'flow_out 12.1 l/s, expected 8');
    assert.equal(text({ expected: Number.NaN }), 'flow_out 12.1 l/s, expected unknown ± 0.9');
  });

  it('has no negative zero and no endless digits', () => {
    assert.equal(text({ observed: -0.04, expected: -3 }), 'flow_out 0.0 l/s, expected -3.0 ± 0.9');
    assert.equal(
      text({ observed: 1.23456e12, expected: 0, halfWidth90: 1e-9 }),
      'flow_out 1235000000000 l/s, expected 0 ± 1e-9',
    );
  });
});

describe('describeAnomaly', () => {
  it('names series, channels and p-value', () => {
    const parts = [contribution(0, 0.7), contribution(1, 0.3, 3)];
    assert.equal(
      describeAnomaly('pump-3', parts, 0.000204, channels),
      'pump-3: flow_out 12.1 l/s, expected 8.0 ± 0.9; pressure 3.0 bar, expected 8.0 ± 0.9; p = 0.0002',
    );
  });

  it('does without channels, and with one it does not know', () => {
    assert.equal(describeAnomaly('pump-3', [], 0.5, channels), 'pump-3: p = 0.5');
    assert.equal(describeAnomaly('pump-3', [contribution(7, 1)], 0.5, channels), 'pump-3: channel 7; p = 0.5');
  });
});

it('describeDuration picks the unit', () => {
  const cases: readonly [number, string][] = [
    [500, '500 ms'],
    [2000, '2 s'],
    [90_000, '90 s'],
    [720_000, '12 min'],
    [12_600_000, '3.5 h'],
    [172_800_000, '2 d'],
  ];
  for (const [durationMs, expected] of cases) assert.equal(describeDuration(durationMs), expected);
});
