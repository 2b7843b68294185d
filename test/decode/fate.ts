import assert from 'node:assert/strict';
import type { Decoded } from '../../src/core/component.ts';
import { timeMsMax, timeMsMin } from '../../src/core/recognise-time.ts';
import { limits, nowMs } from './made-up.ts';

/** What holds for every message whatever it is. */
export function assertFate({ readings, rejected }: Decoded): void {
  assert.ok(readings.length + rejected.length > 0, 'no fate');
  for (const { series, timeMs, channels, values } of readings) {
    assert.equal(channels.length, values.length);
    assert.ok(channels.every((channel) => channel >= 0 && channel < 3));
    assert.ok(values.every((value) => Number.isFinite(value)));
    for (const [i, channel] of channels.entries())
      assert.ok(channel !== 2 || (Number(values[i]) >= 0 && Number(values[i]) <= 100));
    assert.ok(series.length > 0 && series.length <= limits.seriesNameCharsMax && series === series.trim());
    assert.ok(
      Number.isInteger(timeMs) && timeMs >= timeMsMin && timeMs <= Math.min(timeMsMax, nowMs + limits.futureMsMax),
    );
  }
  for (const { raw, detail } of rejected) {
    assert.ok(raw === null || raw.length <= limits.deadLetterBytesMax);
    assert.ok(detail.length > 0 && detail.length <= 500);
  }
}
