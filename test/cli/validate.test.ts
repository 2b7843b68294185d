import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { registerValidate } from '../../src/cli/validate.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { fakeRegistry, goodYaml } from '../config/fake-registry.ts';
import { runCommand } from './test-io.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-validate-'));
after(() => rmSync(dir, { recursive: true }));
const file = (name: string, text: string): string => {
  const at = path.join(dir, name);
  writeFileSync(at, text);
  return at;
};
const good = file('good.yaml', goodYaml);
const bad = file('bad.yaml', goodYaml.replace('step_ms', 'stp_ms'));
const validate = (args: readonly string[], env = {}) =>
  runCommand((program, io) => registerValidate(program, io, fakeRegistry), ['validate', ...args], env);

describe('driftcast validate', () => {
  it('sums up a file that is right', async () => {
    const { stdout, error } = await validate([good]);
    assert.equal(error, null);
    assert.equal(stdout, `ok  ${good}\n    pumps: replay -> json, 2 channels every 10s, window 16m -> line-protocol\n`);
  });

  it('shows problems with their lines, checks the others, fails', async () => {
    const none = path.join(dir, 'none.yaml');
    const { stdout, error } = await validate([none, bad, good]);
    assert.ok(error instanceof DriftcastError && error.code === 'CONFIG_INVALID');
    assert.equal(error.message, '2 of 3 files are invalid');
    assert.match(stdout, new RegExp(`^bad ${none}\n    reading .*ENOENT`));
    assert.ok(
      stdout.includes(
        `    ${bad}:7:3 window.stp_ms: unknown key; did you mean "step_ms"?\n    7 |   stp_ms: 10s\n          ^\n`,
      ),
      stdout,
    );
    assert.ok(stdout.includes(`ok  ${good}`));
  });

  it('prints JSON', async () => {
    const { stdout, error } = await validate(['--json', good, bad]);
    assert.ok(error instanceof DriftcastError);
    const { files } = JSON.parse(stdout);
    assert.deepEqual(files[0], { file: good, valid: true, problems: [] });
    assert.deepEqual(files[1].problems[1], {
      path: 'window.stp_ms',
      line: 7,
      column: 3,
      expected:
        'one of step_ms, length_steps, stride_steps, lateness_ms, idle_ms, silent_after_ms, ahead_of_arrival_ms_max, plan_ahead_ms, min_observed_fraction',
      got: 'an unknown key',
      nearest: 'step_ms',
      message: 'unknown key; did you mean "step_ms"?',
    });
  });

  it('applies --set and the environment', async () => {
    const withEnv = file('env.yaml', goodYaml.replace('10s', '${STEP}'));
    assert.equal((await validate([withEnv], { STEP: '5m' })).error, null);
    assert.match((await validate([withEnv])).stdout, /STEP is not set/);
    assert.match(
      (await validate([good, '--set', 'window.step_ms=1h', '--set', 'name=other'])).stdout,
      /other: .* every 1h/,
    );
    const refused = await validate([good, '--set', 'nonsense']);
    assert.ok(refused.error instanceof DriftcastError && refused.error.code === 'USAGE');
  });

  it('never prints a secret', async () => {
    const secrets = file('secrets.yaml', `${goodYaml}dashboard: { tokn: hunter2, port: 99999999 }\n`);
    const { stdout, error } = await validate([secrets]);
    assert.ok(error instanceof DriftcastError);
    assert.match(stdout, /dashboard\.port: expected at most 65535/);
    assert.equal(stdout.includes('hunter2'), false);
  });
});
