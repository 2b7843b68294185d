import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runSoak } from '../soak/soak.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const skip = broker === undefined && 'set DRIFTCAST_TEST_KAFKA (deploy/native/kafka.sh up prints it)';

describe('a producer that outruns the workers', { skip }, () => {
  it('fills Kafka, and nothing else', async () => {
    const series = 10;
    const { samples, inFlightWindowsMax, exitCode } = await runSoak({
      broker: broker as string,
      minutes: 0.5,
      series,
      factor: 10,
    });
    const [first, last] = [samples[0], samples.at(-1)];
    assert.ok(first !== undefined && last !== undefined && samples.length > 2);
    assert.ok(last.lagMessages > first.lagMessages, `lag ${first.lagMessages} and then ${last.lagMessages}`);
    assert.ok(last.windowsDelivered > first.windowsDelivered, 'it works on');
    for (const { windowsInFlight, queueWindows, buffers } of samples) {
      // a message may set a window of every series free at once
      assert.ok(windowsInFlight <= inFlightWindowsMax + series, `${windowsInFlight} windows in flight`);
      assert.ok(queueWindows <= inFlightWindowsMax + series, `${queueWindows} windows wait for a worker`);
      for (const [name, { entries, entriesMax }] of Object.entries(buffers))
        assert.ok(entries <= entriesMax + series, `${name} holds ${entries} of ${entriesMax}`);
    }
    // a batch of one partition is long: perhaps only its series were read yet
    const known = last.buffers.series?.entries ?? 0;
    assert.ok(known > 0 && known <= series, `what the buffers hold is told: ${known} series`);
    assert.equal(exitCode, 0, 'SIGTERM drains and commits');
  });
});
