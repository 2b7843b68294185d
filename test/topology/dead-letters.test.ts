import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import type { Window } from '../../src/core/window.ts';
import { failedLetter, refusedPlanLetter } from '../../src/topology/dead-letters.ts';

const endMs = Date.UTC(2026, 0, 1);
const position = { topic: 't', partition: 1, generation: 2, offset: 3 };
const plan: Reading = { series: 'p7', timeMs: endMs + 5000, channels: [1], values: [9], position };

describe('letters of the topology', () => {
  it('a window that could not be run has no message of its own', () => {
    const letter = failedLetter({ series: 'p7', endMs } as Window);
    assert.deepEqual(
      [letter.reason, letter.position, letter.key, letter.timeMs],
      ['inference_failed', null, 'p7', endMs],
    );
    assert.match(letter.detail, /p7, window ending 2026-01-01T00:00:00.000Z/);
  });

  it('a refused plan says how far ahead it is, and what to do', () => {
    const letter = refusedPlanLetter({ reading: plan, newestMs: endMs });
    assert.deepEqual([letter.reason, letter.position, letter.key], ['plan_too_far_ahead', position, 'p7']);
    assert.match(
      letter.detail,
      /p7: the plan for 2026-01-01T00:00:05.000Z is 5000 ms ahead .*raise window.plan_ahead_ms/,
    );
  });

  it('so does one that came before anything was read', () => {
    const { detail } = refusedPlanLetter({ reading: plan, newestMs: Number.NEGATIVE_INFINITY });
    assert.match(detail, /more rows than are kept/);
    assert.doesNotMatch(detail, /Infinity/);
  });
});
