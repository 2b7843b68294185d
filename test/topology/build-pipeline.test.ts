import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Registry } from '../../src/core/registry.ts';
import type { SeriesState } from '../../src/core/series-state.ts';
import { stateVersionOf } from '../../src/core/series-state.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { buildPipeline } from '../../src/topology/build-pipeline.ts';
import { StateFile } from '../../src/topology/state-file.ts';
import { saveTinyModel } from '../infer/model-fixture.ts';

const startMs = Date.parse('2024-03-04T00:00:00Z');

describe('buildPipeline', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'driftcast-build-'));
    await saveTinyModel(path.join(folder, 'model'));
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${startMs + i * 60_000},${50 + Math.sin(i)},${-3},${i === 40 ? 'x' : 0.2},7`,
    );
    await writeFile(path.join(folder, 'feed.csv'), `${['time,a,b,c,d', ...rows].join('\n')}\n`);
    await writeFile(
      path.join(folder, 'pipeline.yaml'),
      JSON.stringify({
        name: 'tiny',
        source: { type: 'replay', path: 'feed.csv' },
        decode: { type: 'json' },
        channels: ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: name === 'd' ? 'command' : 'gauge' })),
        window: { step_ms: 60_000, length_steps: 16 },
        model: { horizon_steps: 4, forecast_every_steps: 8, impute_delay_steps: 4 },
        infer: { engine: 'onnx', workers: 1 },
        sinks: [{ type: 'line-protocol', path: 'results.lp' }],
        dead_letter: { type: 'file', path: 'dead.jsonl' },
        state: { path: 'state/tiny.json' },
      }),
    );
  });
  after(() => rm(folder, { recursive: true }));

  const build = (overrides: readonly string[] = [], parts: Registry = registry) => {
    const { config, resolvePath } = loadPipeline(path.join(folder, 'pipeline.yaml'), { registry, env: {}, overrides });
    const modelDir = resolvePath(config.model.path);
    return buildPipeline({
      config,
      registry: parts,
      modelDir,
      resolvePath,
      clock: systemClock,
      telemetry: silentTelemetry,
    });
  };

  it('wires what the file names: messages in, points, dead letters and state out', async () => {
    const built = await build();
    assert.deepEqual(
      built.checks.map(({ name }) => name),
      ['progress', 'state', 'source', 'workers', 'sink 1 line-protocol', 'forecast', 'drift'],
    );
    assert.deepEqual(built.checks[3]?.check(), { ok: true, detail: '1 of 1 workers able' });
    assert.equal(built.pool.engine?.name, 'onnx');
    await built.pipeline.run();
    assert.equal(built.progress(), 1);
    await built.close();
    const lines = (await readFile(path.join(folder, 'results.lp'), 'utf8')).split('\n');
    for (const kind of ['score', 'value', 'forecast'])
      assert.ok(
        lines.some((line) => line.startsWith(`driftcast_${kind},`)),
        kind,
      );
    assert.match(await readFile(path.join(folder, 'dead.jsonl'), 'utf8'), /^\{[^\n]*"value_invalid"[^\n]*\}\n$/);
    const { version } = built.model.manifest;
    const file = new StateFile(path.join(folder, 'state', 'tiny.json'), stateVersionOf(version));
    const states: (readonly [string, SeriesState])[] = [];
    for await (const one of file.read()) states.push(one);
    await file.close();
    const [[series, state]] = states as [readonly [string, SeriesState]];
    assert.deepEqual([series, states.length], ['default', 1]);
    const { forecast, window } = state as Record<'forecast' | 'window', { readonly endMs: number }>;
    assert.equal(forecast.endMs, window.endMs, 'states are of the same window');
    const coverage = built.forecastCoverage90();
    assert.ok(coverage !== null && coverage > 0 && coverage <= 1);
    assert.match(built.checks[5]?.check().detail ?? '', /^\d+ of 5000 forecast values resolved$/);
  });

  for (const [override, message] of [
    ['channels.1.name=bb', /the model has channels a, b, c, d, the pipeline asks for a, bb, c, d/],
    ['channels.0.aggregate=rate', /rates of the counters none, the pipeline asks for a/],
    ['channels.3.known_ahead=true', /channels known ahead none, the pipeline asks for d/],
    ['window.step_ms=30s', /window.step_ms 60000, the pipeline asks for 30000/],
    ['window.length_steps=32', /window.length_steps 16, the pipeline asks for 32/],
    ['model.horizon_steps=8', /model.horizon_steps 4, the pipeline asks for 8/],
  ] as const) {
    it(`refuses a model that does not fit (${override})`, () =>
      assert.rejects(build([override]), {
        code: 'MODEL_MISMATCH',
        message,
        hint: /Train the model with this pipeline file/,
      }));
  }

  it('a model that is not there is MODEL_INVALID', () =>
    assert.rejects(build(['model.path=nowhere']), { code: 'MODEL_INVALID' }));

  it('a component that cannot be built leaves nothing running', async () => {
    // (a worker left behind would keep this test file from ending)
    const broken = { ...registry, deadLetters: new Map() };
    await assert.rejects(build([], broken), { code: 'INTERNAL', message: /component file/ });
  });
});
