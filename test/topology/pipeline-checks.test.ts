import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advised, progressCheck, stateCheck } from '../../src/topology/pipeline-checks.ts';

describe('checks of a pipeline', () => {
  it('work that stands still for too long is no progress; none at all is', () => {
    const at = (inFlight: number, stillMs: number) =>
      progressCheck({ inFlight, stillMs, stallMs: 1000, waitsFor: 'the sinks' });
    assert.deepEqual(at(3, 1000), { ok: true, detail: '3 results in flight' });
    assert.equal(at(0, 1e9).ok, true);
    assert.equal(at(3, 1001).ok, false);
    assert.match(at(3, 61_000).detail, /none delivered for 61 s .* waiting for the sinks: restart/);
  });

  it('a snapshot that cannot be written is told with what to do', () => {
    assert.equal(stateCheck(null).ok, true);
    assert.match(stateCheck('writing the state to s.json: ENOSPC').detail, /ENOSPC: free space there/);
  });

  it('advice comes with a failure only', () => {
    const part = (ok: boolean) => advised('source', { health: () => ({ ok, detail: 'group g' }) }, 'check the broker');
    assert.deepEqual(part(true).check(), { ok: true, detail: 'group g' });
    assert.deepEqual(part(false).check(), { ok: false, detail: 'group g: check the broker' });
  });
});
