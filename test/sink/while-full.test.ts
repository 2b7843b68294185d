import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { whileFull } from '../../src/sink/while-full.ts';

const failing = (code: string, times: number) => {
  const calls = { count: 0 };
  const task = async () => {
    if (calls.count++ < times) throw Object.assign(new Error(`${code}: no`), { code });
  };
  return { calls, task };
};
const options = (told: string[], changes = {}) => ({
  what: 'writing x.lp',
  retryMsMax: 60_000,
  delayMs: 1,
  delayMsMax: 2,
  signal: new AbortController().signal,
  onFailedAttempt: (reason: string) => void told.push(reason),
  ...changes,
});

describe('whileFull', () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    test(`${code} passes when there is room again, and is told of until then`, async () => {
      const told: string[] = [];
      const { calls, task } = failing(code, 3);
      await whileFull(task, options(told));
      assert.equal(calls.count, 4);
      assert.deepEqual(told, [`${code}: no`, `${code}: no`, `${code}: no`]);
    });
  }

  test('anything else is told at once', async () => {
    const { calls, task } = failing('EIO', 3);
    await assert.rejects(whileFull(task, options([])), { code: 'EIO' });
    assert.equal(calls.count, 1);
  });

  test('gives up in the end, with what to do', async () => {
    const { task } = failing('ENOSPC', 1e9);
    await assert.rejects(whileFull(task, options([], { retryMsMax: 20 })), { code: 'SINK_FAILED', retryable: true });
  });
});
