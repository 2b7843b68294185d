import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { Overload } from '../../src/infer/overload.ts';
import { VirtualTime } from '../topology/sim/virtual-time.ts';

function setUp() {
  const time = new VirtualTime();
  const logged: string[] = [];
  const gauges: (number | null)[] = [];
  const overload = new Overload({
    steps: ['longer_stride', 'score_only'],
    lagMsMax: 1000,
    recoverMs: 3000,
    clock: time,
    telemetry: {
      ...silentTelemetry,
      log: (level, message) => void logged.push(`${level} ${message}`),
      gauge: (_name, value) => void gauges.push(value),
    },
  });
  /** Batches every 100 ms for a while. */
  const see = async (ms: number, lagMs: number | null, saturated: boolean) => {
    for (let passed = 0; passed < ms; passed += 100) {
      overload.observe({ lagMs, saturated });
      await time.pass(100);
    }
  };
  return { overload, see, logged, gauges };
}

describe('Overload', () => {
  it('rises step by step while windows are late and more wait, and says so', async () => {
    const { overload, see, logged, gauges } = setUp();
    await see(900, 1500, true);
    assert.equal(overload.level, 0, 'not late for long enough');
    await see(300, 1500, true);
    assert.equal(overload.level, 1);
    assert.deepEqual(overload.leftOut, ['longer_stride']);
    await see(1200, 1500, true);
    assert.deepEqual(overload.leftOut, ['longer_stride', 'score_only']);
    await see(5000, 1500, true);
    assert.equal(overload.level, 2, 'there is no third step');
    assert.deepEqual(gauges, [0, 1, 2]);
    assert.deepEqual(logged, Array(2).fill('warn overload: less is done for each window'));
    const { ok, degraded, detail } = overload.health();
    assert.ok(ok && degraded && detail.includes('longer_stride, score_only'));
  });

  it('is not misled by late messages that nothing waits behind, nor by a moment', async () => {
    const { overload, see } = setUp();
    await see(20_000, 60_000, false);
    for (let k = 0; k < 20; k++) {
      await see(900, 1500, true);
      await see(100, 900, true);
    }
    await see(20_000, null, true);
    assert.equal(overload.level, 0);
  });

  it('falls step by step after a while in time, and a half-late moment starts the while anew', async () => {
    const { overload, see, logged } = setUp();
    await see(2500, 1500, true);
    assert.equal(overload.level, 2);
    await see(2500, 100, true);
    await see(100, 600, true);
    await see(2500, 100, true);
    assert.equal(overload.level, 2);
    await see(1000, 100, false);
    assert.equal(overload.level, 1);
    await see(3500, 100, false);
    assert.equal(overload.level, 0);
    assert.equal(logged.at(-1), 'warn overload is over: more is done again');
    assert.equal(overload.health().degraded, false);
  });

  it('one slow clock does not keep it up', async () => {
    const { overload, see } = setUp();
    await see(2500, 1500, true);
    await see(7000, 20_000, false);
    assert.equal(overload.level, 0);
  });
});
