import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { checkPipeline, loadPipeline } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import type { Env } from '../../src/config/substitute-env.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { fakeRegistry, goodYaml } from './fake-registry.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-load-'));
after(() => rmSync(dir, { recursive: true }));
const file = path.join(dir, 'pipeline.yaml');

function load(text: string, overrides: readonly string[] = [], env: Env = {}) {
  writeFileSync(file, text);
  return loadPipeline(file, { registry: fakeRegistry, env, overrides });
}

/** The problems as a person reads them, with the file called `f`. */
function problems(text: string, overrides: readonly string[] = [], env: Env = {}): string[] {
  writeFileSync(file, text);
  const check = checkPipeline(file, { registry: fakeRegistry, env, overrides });
  return check.ok ? [] : check.problems.map((problem) => formatProblem('f', problem));
}

describe('loadPipeline', () => {
  it('fills in defaults, turns durations into milliseconds, freezes', () => {
    const { config, dir: folder, resolvePath } = load(goodYaml);
    assert.equal(config.window.step_ms, 10_000);
    assert.equal(config.infer.timeout_ms, 60_000);
    assert.equal(config.channels[0].aggregate, 'last');
    assert.deepEqual(config.source, {
      type: 'replay',
      path: 'data.csv',
      speed: 0,
      time_column: 'time',
      series_column: '',
      drop_columns: [],
      delimiter: ',',
    });
    assert.equal(folder, dir);
    assert.equal(resolvePath('out/x'), path.join(dir, 'out/x'));
    assert.equal(resolvePath('/abs/x'), '/abs/x');
    assert.ok(
      Object.isFrozen(config) && Object.isFrozen(config.channels[0]) && Object.isFrozen(config.model.quantiles),
    );
    assert.ok(Object.isFrozen(config.sinks[0]));
  });

  it('fails with every problem on a line of its own', () => {
    assert.throws(
      () => load(goodYaml.replace('step_ms', 'stp_ms').replace('kind: flag', 'kind: flga')),
      (error) => {
        assert.ok(error instanceof DriftcastError);
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.deepEqual(error.message.split('\n'), [
          `${file}:5:26 channels.1.kind: expected one of "gauge", "flag", "command", got "flga"; did you mean "flag"?`,
          `${file}:6:1 window.step_ms: missing; expected a duration such as 500ms, 10s, 5m, 1h, 7d`,
          `${file}:7:3 window.stp_ms: unknown key; did you mean "step_ms"?`,
        ]);
        return true;
      },
    );
  });

  it('says what could not be read', () => {
    const options = { registry: fakeRegistry, env: {} };
    const unreadable = (pattern: RegExp) => (error: unknown) =>
      error instanceof DriftcastError && error.code === 'CONFIG_UNREADABLE' && pattern.test(error.message);
    assert.throws(
      () => loadPipeline(path.join(dir, 'nothing.yaml'), options),
      unreadable(/reading .*nothing\.yaml: ENOENT/),
    );
    assert.throws(() => loadPipeline(dir, options), unreadable(/EISDIR/));
    const big = path.join(dir, 'big.yaml');
    writeFileSync(big, `# ${'x'.repeat(1_100_000)}`);
    assert.throws(() => loadPipeline(big, options), unreadable(/at most 1048576/));
  });
});

describe('problems of a pipeline file', () => {
  it('names known types and the nearest', () => {
    assert.deepEqual(problems(goodYaml.replace('type: replay', 'type: kafak')), [
      'f:9:9 source.type: unknown source type "kafak"; known: kafka, replay; did you mean "kafka"?',
    ]);
    assert.deepEqual(problems(goodYaml.replace('type: line-protocol', 'typ: line-protocol')), [
      'f:14:5 sinks.0.type: missing; known types: influxdb, line-protocol',
    ]);
  });

  it('checks the options of the chosen component, and its own checks', () => {
    assert.deepEqual(problems(goodYaml.replace('path: data.csv', 'path: data.csv\n  topics: [a]')), [
      'f:11:3 source.topics: unknown key; known here: path, speed, time_column, series_column, drop_columns, delimiter, type',
    ]);
    assert.deepEqual(problems(goodYaml.replace('type: json', 'type: json\n  series: { from: field }')), [
      'f:13:3 decode.series.path: needed where series.from is field',
    ]);
  });

  it('speaks of an empty file, another root, a broken file', () => {
    assert.equal(problems('').length, 7);
    assert.deepEqual(problems('- 1'), ['f:1:1 expected a mapping, got a list of 1']);
    assert.match(problems('name: [1')[0], /^f:1:9 not valid YAML: /);
    assert.deepEqual(problems(`${goodYaml}__proto__: { a: 1 }\n`), ['f:19:1 __proto__: this key is not allowed']);
  });

  it('counts characters and items', () => {
    assert.deepEqual(problems(goodYaml.replace('name: flow', 'name: ""')), [
      'f:3:11 channels.0.name: expected at least 1 character, got ""',
    ]);
    assert.deepEqual(problems(`${goodYaml}model: { quantiles: [] }`), [
      'f:19:21 model.quantiles: expected at least 1 item, got an empty list',
    ]);
  });

  it('reports at most fifty', () => {
    const many = Array.from({ length: 80 }, (_, index) => `zz${index}: 1`).join('\n');
    assert.equal(problems(`${goodYaml}${many}\n`).length, 50);
  });

  it('never throws anything but a DriftcastError, whatever the file', () => {
    const line = fc.constantFrom(
      'name: a',
      'channels:',
      '  - name: x',
      '  - 5',
      'source: { type: kafka }',
      'sinks: [1]',
      'window: null',
      'window: { step_ms: [] }',
      '  x: ${A}',
      'decode: "json"',
      'model: { quantiles: {} }',
      '\t- a',
      '? [1]',
      'dead_letter: &x { type: *x }',
      'train: { patch_steps: "4" }',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        assert.ok(problems(lines.join('\n')).every((text) => text.startsWith('f')));
      }),
    );
  });
});

describe('environment and --set', () => {
  it('reads numbers and booleans from variables where they are asked for, and leaves secrets text', () => {
    const { config } = load(
      `${goodYaml}dashboard: { port: "\${PORT}", enabled: "\${ON:-false}", token: "\${TOKEN}" }`,
      [],
      { PORT: '99', TOKEN: '123' },
    );
    assert.deepEqual(config.dashboard, { enabled: false, host: '127.0.0.1', port: 99, token: '123' });
    assert.equal(load(goodYaml.replace('10s', '${STEP}'), [], { STEP: '2500' }).config.window.step_ms, 2500);
    assert.equal(load(goodYaml.replace('10s', '${STEP}'), [], { STEP: '2m' }).config.window.step_ms, 120_000);
  });

  it('names unset variables, and never shows values', () => {
    assert.match(
      problems(`${goodYaml}dashboard: { port: "\${PORT}" }`)[0],
      /^f:19:20 dashboard\.port: the environment variable PORT is not set/,
    );
    assert.deepEqual(problems(`${goodYaml}dashboard: { port: "\${PORT}" }`, [], { PORT: 'hunter2' }), [
      'f:19:20 dashboard.port: expected a number, got the value of ${PORT}',
    ]);
  });

  it('applies overrides last, over unset variables too', () => {
    assert.equal(load(goodYaml, ['window.length_steps=64']).config.window.length_steps, 64);
    assert.equal(load(`${goodYaml}dashboard: { port: "\${PORT}" }`, ['dashboard.port=5']).config.dashboard.port, 5);
    assert.equal(load(goodYaml, ['sinks.1.type=influxdb', 'sinks.1.url=http://localhost:8086']).config.sinks.length, 2);
  });

  it('says that a problem comes from an override', () => {
    assert.deepEqual(problems(goodYaml, ['channels.0.kind=gauuge']), [
      'f channels.0.kind: expected one of "gauge", "flag", "command", got "gauuge"; did you mean "gauge"? (from --set)',
    ]);
  });

  it('hides secrets in every message', () => {
    const text = goodYaml.replace(
      'type: replay\n  path: data.csv',
      'type: kafka\n  brokers: [a]\n  topics: [b]\n  sasl: { mechanism: hunter2, username: u, password: 48151623 }',
    );
    const found = problems(text).join('\n');
    assert.match(found, /source\.sasl\.password: a secret is not written into the file: expected \$\{NAME\}/);
    assert.equal(/hunter2|48151623/.test(found), false);
    const odd = problems(text.replace('48151623', '"${PW}"'), [], { PW: 'hunter2-secret' }).join('\n');
    assert.match(odd, /source\.sasl\.mechanism: expected one of/);
    assert.equal(/hunter2/.test(odd), false);
  });

  it('takes a secret from a file beside the pipeline, and refuses one that is written down or hidden behind an alias', () => {
    writeFileSync(path.join(dir, 'token'), 's3cret\n');
    const withToken = (text: string, more = '') => `${goodYaml}${more}dashboard: { token: ${text} }\n`;
    assert.equal(load(withToken('"${file:token}"')).config.dashboard.token, 's3cret');
    assert.equal(load(withToken('"${T:-}"')).config.dashboard.token, '');
    for (const text of ['hunter2', '"hunter2"', '"${T:-hunter2}"', '12345', '"$${T}"', '&a hunter2']) {
      const [problem] = problems(withToken(text));
      assert.match(problem, /dashboard\.token: a secret is not written into the file/, text);
      assert.equal(problem.includes('hunter2'), false);
    }
    const aliased = withToken('*w', '').replace('name:', 'x: &w hunter2\nname:');
    assert.ok(problems(aliased).some((problem) => /dashboard\.token: a secret is not written/.test(problem)));
    assert.match(problems(withToken('"${file:none}"'))[0], /the file of \$\{file:none\} cannot be used: ENOENT/);
    writeFileSync(path.join(dir, 'long'), 'x'.repeat(70_000));
    assert.match(problems(withToken('"${file:long}"'))[0], /at most 65536 are read/);
  });
});
