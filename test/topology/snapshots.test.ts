import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { Snapshots } from '../../src/topology/snapshots.ts';

function created(...outcomes: readonly (Error | null)[]) {
  let nowMs = 0;
  const left = [...outcomes];
  const told: unknown[] = [];
  const logged: string[] = [];
  const snapshots = new Snapshots({
    checkpoint: {
      save: async () => {
        const error = left.shift();
        if (error) throw error;
      },
    },
    clock: { nowMs: () => 5000 + nowMs, monotonicMs: () => nowMs } as Clock,
    telemetry: { log: (_, message) => void logged.push(message) },
    stallMs: 1000,
    onError: (error) => void told.push(error),
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { snapshots, told, logged, pass };
}

const full = new DriftcastError('STATE_INVALID', 'writing the state: ENOSPC', { retryable: true });

describe('Snapshots', () => {
  it('rides out a disk that is full for a while, and says so', async () => {
    const { snapshots, told, logged, pass } = created(full, full, null);
    for (let i = 0; i < 2; i++) {
      await snapshots.saveNow();
      pass(400);
    }
    assert.deepEqual([snapshots.failure, snapshots.savedMs, told], ['writing the state: ENOSPC', null, []]);
    assert.match(logged[0] ?? '', /ENOSPC; it is tried again/);
    await snapshots.saveNow();
    assert.deepEqual([snapshots.failure, snapshots.savedMs], [null, 5800]);
  });

  it('gives up on one that stays full, and at once on what no time helps', async () => {
    const long = created(full, full);
    await long.snapshots.saveNow();
    long.pass(1000);
    await long.snapshots.saveNow();
    assert.deepEqual(long.told, [full]);
    const broken = new Error('no such topic');
    const other = created(broken);
    await other.snapshots.saveNow();
    assert.deepEqual(other.told, [broken]);
  });

  it('at the end of a run a failure is the caller’s', async () => {
    await assert.rejects(created(full).snapshots.save(), full);
  });
});
