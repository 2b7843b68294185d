import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channelSchema } from '../../src/config/channel-schema.ts';
import type { PipelineConfig } from '../../src/config/pipeline-schema.ts';
import { channelsOf, planAheadMsOf } from '../../src/topology/channels-of.ts';

const config = (known_ahead: boolean, plan_ahead_ms: number) =>
  ({
    channels: [
      channelSchema.parse({ name: 'flow' }),
      channelSchema.parse({ name: 'target', kind: 'command', known_ahead }),
    ],
    window: { step_ms: 1000, plan_ahead_ms },
    model: { horizon_steps: 24 },
  }) as unknown as PipelineConfig;

describe('channelsOf', () => {
  it('says of which channels values come before their time', () => {
    const [flow, target] = channelsOf(config(true, 0));
    assert.deepEqual([flow?.knownAhead, target?.knownAhead], [undefined, true]);
    assert.ok(flow !== undefined && !('known_ahead' in flow) && target?.kind === 'command');
    assert.deepEqual(
      channelsOf(config(false, 0)).map((one) => 'knownAhead' in one),
      [false, false],
    );
  });
});

describe('planAheadMsOf', () => {
  it('is what the file says, else two horizons; nothing where no channel is known ahead', () => {
    assert.equal(planAheadMsOf(config(true, 90_000)), 90_000);
    assert.equal(planAheadMsOf(config(true, 0)), 48_000);
    assert.equal(planAheadMsOf(config(false, 0)), null);
  });
});
