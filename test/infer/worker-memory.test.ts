import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOutOfMemory, outgrown } from '../../src/infer/worker-memory.ts';

const megabyte = 1_048_576;
const holding = (megabytes: number | null, tensors: number | null = null) => ({
  residentBytes: megabytes === null ? null : megabytes * megabyte,
  tensors,
});

describe('outgrown', () => {
  const limit = 500 * megabyte;

  it('says with figures that a process holds more than it may', () => {
    assert.equal(outgrown(holding(500), holding(200), limit), null);
    assert.deepEqual(outgrown(holding(501), holding(200), limit), {
      reason: 'memory',
      detail: 'it holds 501 MB, 200 MB after its start; it may hold 500 MB',
    });
  });

  it('holds no memory against threads, nor against anybody where there is no limit', () => {
    assert.equal(outgrown(holding(null), holding(null), limit), null);
    assert.equal(outgrown(holding(9000), holding(200), Number.POSITIVE_INFINITY), null);
  });

  it('finds a single tensor that was not disposed of, in threads too', () => {
    assert.equal(outgrown(holding(null, 40), holding(null, 40), limit), null);
    assert.equal(outgrown(holding(null, 39), holding(null, 40), limit), null);
    assert.deepEqual(outgrown(holding(null, 41), holding(null, 40), limit), {
      reason: 'tensors',
      detail: 'it keeps 41 tensors, 40 after its start',
    });
  });
});

describe('isOutOfMemory', () => {
  it('knows the ways in which engines say so', () => {
    for (const message of [
      'OOM when allocating tensor with shape[4096,24,38,48] and type float on /device:GPU:0',
      'RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8589934592 bytes',
      'ResourceExhaustedError: failed to allocate',
      'CUDA failure 2: out of memory ; GPU=0',
      'Failed to allocate memory for requested buffer of size 1073741824',
      'std::bad_alloc',
      'Array buffer allocation failed',
    ])
      assert.ok(isOutOfMemory(message), message);
  });

  it('takes nothing else for it', () => {
    for (const message of [
      'no room for doubt',
      'the BOOM sensor',
      'NaN in input',
      'timeout',
      'process ended with SIGKILL',
    ])
      assert.ok(!isOutOfMemory(message), message);
  });
});
