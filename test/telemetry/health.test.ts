import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHealth } from '../../src/telemetry/health.ts';

const check = (name: string, ok: boolean, detail = name) => ({ name, check: () => ({ ok, detail }) });

describe('createHealth', () => {
  test('before anything has started it lives but is not ready', () => {
    const health = createHealth();
    assert.deepEqual(health.liveness(), { ok: true, checks: [] });
    assert.deepEqual(health.readiness(), { ok: false, checks: [] });
  });

  test('ready when all checks are; a server that is away does not ask for a restart', () => {
    const health = createHealth();
    health.add(check('loop', true), { liveness: true });
    health.add(check('source', true));
    assert.equal(health.readiness().ok, true);
    health.add(check('sink', false, 'connection refused'));
    assert.deepEqual(health.readiness(), {
      ok: false,
      checks: [
        { name: 'loop', ok: true, detail: 'loop' },
        { name: 'source', ok: true, detail: 'source' },
        { name: 'sink', ok: false, detail: 'connection refused' },
      ],
    });
    assert.deepEqual(health.liveness(), { ok: true, checks: [{ name: 'loop', ok: true, detail: 'loop' }] });
    health.add(check('loop', false), { liveness: true });
    assert.equal(health.liveness().ok, false);
  });

  test('what is only degraded is told, and leaves it ready', () => {
    const health = createHealth();
    health.add({ name: 'forecast', check: () => ({ ok: true, degraded: true, detail: '90 % intervals cover 70 %' }) });
    health.add({ name: 'source', check: () => ({ ok: true, degraded: false, detail: 'reading' }) });
    assert.deepEqual(health.readiness(), {
      ok: true,
      checks: [
        { name: 'forecast', ok: true, degraded: true, detail: '90 % intervals cover 70 %' },
        { name: 'source', ok: true, detail: 'reading' },
      ],
    });
  });

  test('a check that throws has failed; no detail shows a secret', () => {
    const health = createHealth();
    health.add({
      name: 'broken',
      check: () => {
        throw new Error('http://ann:s3cret@db');
      },
    });
    assert.deepEqual(health.readiness().checks, [
      { name: 'broken', ok: false, detail: 'the check failed: http://[hidden]@db' },
    ]);
  });

  test('a check is asked anew each time, and can be taken away or replaced', () => {
    const health = createHealth();
    let calls = 0;
    const counting = {
      name: 'x',
      check() {
        calls += 1;
        return { ok: true, detail: String(calls) };
      },
    };
    const removeFirst = health.add(counting);
    assert.equal(health.readiness().checks[0].detail, '1');
    assert.equal(health.readiness().checks[0].detail, '2');
    const removeSecond = health.add(check('x', true, 'second'));
    removeFirst();
    assert.equal(health.readiness().checks[0].detail, 'second');
    removeSecond();
    assert.equal(health.readiness().checks.length, 0);
  });

  test('is bounded', () => {
    const health = createHealth();
    for (let at = 0; at < 100; at++) health.add(check(`c${at}`, true));
    assert.throws(() => health.add(check('one more', true)), RangeError);
    assert.doesNotThrow(() => health.add(check('c0', false)));
  });
});
