import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { durationMs } from '../../src/config/duration-ms.ts';
import { formatDuration } from '../../src/config/format-duration.ts';

describe('formatDuration', () => {
  it('takes the largest unit that fits', () => {
    const cases = { 0: '0s', 250: '250ms', 1000: '1s', 90000: '90s', 960000: '16m', 3600000: '1h', 604800000: '7d' };
    for (const [ms, text] of Object.entries(cases)) assert.equal(formatDuration(Number(ms)), text);
  });

  it('is read back as the same duration', () => {
    fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), (ms) => assert.equal(durationMs.parse(formatDuration(ms)), ms)));
  });
});
