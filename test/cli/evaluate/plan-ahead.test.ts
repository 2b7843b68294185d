import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planAhead } from '../../../src/cli/evaluate/plan-ahead.ts';
import { channelSchema } from '../../../src/config/channel-schema.ts';
import type { PipelineConfig } from '../../../src/config/pipeline-schema.ts';
import type { Reading } from '../../../src/core/reading.ts';

const config = (known_ahead: boolean) =>
  ({
    channels: [
      channelSchema.parse({ name: 'flow' }),
      channelSchema.parse({ name: 'target', kind: 'command', known_ahead }),
    ],
    window: { step_ms: 10 },
    model: { horizon_steps: 2 },
  }) as unknown as PipelineConfig;

const rows = 6;
/** target is 100 + row, unknown in row 3 */
const values = Float64Array.from({ length: rows * 2 }, (_, i) =>
  i % 2 === 0 ? i : i === 7 ? Number.NaN : 100 + (i - 1) / 2,
);
const series = [{ series: 's', startMs: 1000, rows, values }];
const reading = (row: number, name = 's'): Reading => ({
  series: name,
  timeMs: 1000 + row * 10 + 3,
  channels: [0, 1],
  values: [row, 100 + row],
  position: { topic: 't', partition: 0, generation: 1, offset: row },
});
const told = (all: readonly Reading[]) =>
  all.slice(0, -1).map(({ timeMs, channels, values }) => [timeMs, ...channels, ...values]);

describe('planAhead', () => {
  it('tells each row once, a horizon before, and then the reading', () => {
    const tell = planAhead(series, config(true));
    const first = tell(reading(0));
    assert.deepEqual(told(first), [
      [1000, 1, 100],
      [1010, 1, 101],
      [1020, 1, 102],
    ]);
    assert.deepEqual(first.at(-1), reading(0));
    assert.deepEqual(told(tell(reading(1))), []); // of row 3 nothing is known
    assert.deepEqual(told(tell(reading(2))), [[1040, 1, 104]]);
    assert.deepEqual(told(tell(reading(2))), []);
    assert.deepEqual(told(tell(reading(5))), [[1050, 1, 105]]); // the data end there
  });

  it('passes readings as they are where no channel is known ahead, and those of other series', () => {
    assert.deepEqual(planAhead(series, config(false))(reading(0)), [reading(0)]);
    assert.deepEqual(planAhead(series, config(true))(reading(0, 'other')), [reading(0, 'other')]);
  });
});
