import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventTimeMs } from '../../src/core/event-time.ts';

it('eventTimeMs: the newest row of a window, the instant a silence was found', () => {
  const hold = { topic: 't', partition: 0, generation: 1, offset: 0 };
  const window = {
    series: 's',
    endMs: 70,
    stepMs: 10,
    values: new Float64Array(4),
    length: 4,
    channels: 1,
    newRows: 2,
    location: new Float64Array(1),
    scale: new Float64Array(1),
    observedFraction: 1,
    hold,
  };
  assert.equal(eventTimeMs({ kind: 'window', window }), 70);
  assert.equal(eventTimeMs({ kind: 'silent', series: 's', lastMs: 45, silentForMs: 35, hold }), 80);
});
