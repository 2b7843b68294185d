import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import { persist } from '../../src/sink/persist.ts';

const away = { kind: 'unavailable', reason: 'refused' } as const;
const done = { kind: 'done' } as const;
type Answer = typeof away | typeof done;

const optionsWith = (changes: { retryMsMax?: number; signal?: AbortSignal; failures?: string[] } = {}) => ({
  what: 'writing',
  retryMsMax: changes.retryMsMax ?? 10_000,
  delayMs: 1,
  delayMsMax: 2,
  signal: changes.signal ?? new AbortController().signal,
  onFailedAttempt: (reason: string, attempt: number) => changes.failures?.push(`${attempt}: ${reason}`),
});

describe('persist', () => {
  test('repeats until there is an answer, telling of every failure', async () => {
    const failures: string[] = [];
    const answers: Answer[] = [away, away, done];
    const answer = await persist(async () => answers.shift() ?? done, optionsWith({ failures }));
    assert.deepEqual(answer, done);
    assert.deepEqual(failures, ['1: refused', '2: refused']);
  });

  test('gives up when the time is over', async () => {
    let calls = 0;
    const call = async (): Promise<Answer> => {
      calls += 1;
      return away;
    };
    await assert.rejects(persist(call, optionsWith({ retryMsMax: 0 })), (error) => {
      assert.ok(error instanceof DriftcastError);
      assert.deepEqual(
        [error.code, error.retryable, error.message],
        ['SINK_FAILED', true, 'writing: gave up after 0 ms: refused'],
      );
      return true;
    });
    assert.equal(calls, 1);
  });

  test('gives up at once when it is told to', async () => {
    const closing = new AbortController();
    const call = async (): Promise<Answer> => {
      closing.abort();
      return away;
    };
    await assert.rejects(persist(call, optionsWith({ signal: closing.signal })), /closed while it was trying/);
  });
});
