import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DecodeWait } from '../../src/topology/decode-wait.ts';

function created() {
  let held = 0;
  const hold = () => {
    held++;
    return () => void held--;
  };
  return { wait: new DecodeWait({ hold }), heldNow: () => held };
}

describe('DecodeWait', () => {
  it('holds the source until what is waited for is there', async () => {
    const { wait, heldNow } = created();
    let come = () => {};
    const isReady = wait.until(
      new Promise<void>((resolve) => {
        come = resolve;
      }),
    );
    assert.equal(heldNow(), 1);
    come();
    assert.deepEqual([await isReady, wait.hasGivenUp, heldNow()], [true, false, 0]);
  });

  it('gives up at a stop, before and during the wait', async () => {
    const { wait, heldNow } = created();
    const isReady = wait.until(new Promise(() => {}));
    wait.stop();
    assert.deepEqual([await isReady, wait.hasGivenUp, heldNow()], [false, true, 0]);
    assert.equal(await wait.until(new Promise(() => {})), false);
  });

  it('tells what cannot be had, and lets the source go', async () => {
    const { wait, heldNow } = created();
    await assert.rejects(wait.until(Promise.reject(new Error('gone'))), /gone/);
    assert.deepEqual([heldNow(), wait.hasGivenUp], [0, false]);
  });
});
