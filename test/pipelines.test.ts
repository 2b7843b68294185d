import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { registerBacktest } from '../src/cli/backtest.ts';
import { registerDemo } from '../src/cli/demo.ts';
import { registerDoctor } from '../src/cli/doctor.ts';
import { registerInit } from '../src/cli/init.ts';
import { registerRun } from '../src/cli/run.ts';
import { registerSchema } from '../src/cli/schema.ts';
import { registerSimulate } from '../src/cli/simulate.ts';
import { registerTrain } from '../src/cli/train.ts';
import { registerValidate } from '../src/cli/validate.ts';
import { registry } from '../src/components.ts';
import { loadPipeline } from '../src/config/load.ts';
import type { PipelineConfig } from '../src/config/pipeline-schema.ts';
import { systemClock } from '../src/core/clock.ts';
import { loadModelPackage } from '../src/infer/model-package.ts';
import { hostChannels } from '../src/source/host-metrics.ts';
import type { PlantChannel } from '../src/source/plant/plant.ts';
import { plants } from '../src/source/plant/plants.ts';
import { openingPValue } from '../src/topology/opening-p-value.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'pipelines');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const packageBytesMax = 2_000_000;

const load = (name: string, env: Record<string, string> = {}): PipelineConfig =>
  loadPipeline(path.join(folder, name, 'pipeline.yaml'), { registry, env, overrides: [] }).config;

describe('pipelines that come with driftcast', () => {
  it('are these', () => assert.deepEqual(names, ['demo', 'devices', 'host', 'server-telemetry']));

  for (const name of names) {
    it(`${name}: the file is valid with nothing set, and its model fits it`, async () => {
      const config = load(name);
      const { manifest, model } = await loadModelPackage(path.join(folder, name, config.model.path));
      assert.equal(manifest.pipeline, config.name);
      assert.deepEqual(
        manifest.channels,
        config.channels.map((channel) => ({ name: channel.name, unit: channel.unit, kind: channel.kind })),
      );
      assert.equal(manifest.step_ms, config.window.step_ms);
      assert.equal(manifest.length_steps, config.window.length_steps);
      assert.equal(manifest.horizon_steps, config.model.horizon_steps);
      assert.equal(manifest.network.patch_steps, config.train.patch_steps);
      assert.ok(manifest.active.some((index) => config.channels[index]?.kind === 'gauge'));
      assert.equal(model.basis.priors.length, config.channels.length);
    });

    it(`${name}: the model knows enough ordinary scores to raise an alarm at once`, async () => {
      const config = load(name);
      const { model } = await loadModelPackage(path.join(folder, name, config.model.path));
      const known = Math.min(model.calibration.referenceScores.length, config.score.memory_scores);
      const pValue = openingPValue(config, model.calibration.rowsPerAlarm);
      assert.ok(known >= 1 / pValue, `${known} scores, p-value ${pValue}`);
    });

    it(`${name}: the model is small, and holds two files`, () => {
      const model = path.join(folder, name, 'model');
      const files = readdirSync(model).sort();
      assert.deepEqual(files, ['manifest.json', 'weights.safetensors']);
      const bytes = files.reduce((sum, file) => sum + statSync(path.join(model, file)).size, 0);
      assert.ok(bytes < packageBytesMax, `${bytes} bytes`);
    });

    it(`${name}: the README says how it runs, in commands that exist`, () =>
      checkCommands(path.join(name, 'README.md')));
  }

  for (const name of names.filter((candidate) => existsSync(path.join(folder, candidate, 'make.sh')))) {
    it(`${name}: make.sh makes the model with commands that exist`, () => {
      const file = path.join(folder, name, 'make.sh');
      assert.ok((statSync(file).mode & 0o111) !== 0, 'executable');
      execFileSync('bash', ['-n', file]);
      checkCommands(path.join(name, 'make.sh'));
      const text = readFileSync(file, 'utf8');
      assert.match(text, new RegExp(`train pipelines/${name}/pipeline\\.yaml .*--out pipelines/${name}/model\\b`));
    });
  }
});

describe('what feeds them', () => {
  const described = (channels: readonly PlantChannel[]) =>
    channels.map(({ name, unit, kind }) => ({ name, unit, kind }));
  const asked = (config: PipelineConfig) => config.channels.map(({ name, unit, kind }) => ({ name, unit, kind }));

  it('has their channels, units and kinds', () => {
    assert.deepEqual(asked(load('server-telemetry')), described(plants.server.channels));
    assert.deepEqual(asked(load('devices')), described(plants.devices.channels));
    assert.deepEqual(asked(load('host')), described(hostChannels));
  });

  it('devices: the lateness covers the radio and the clocks of the plant, and little more', () => {
    const { lateness_ms: latenessMs } = load('devices').window;
    let newestMs = Number.NEGATIVE_INFINITY;
    let behindMs = 0;
    const options = { seed: 5, startMs: Date.parse('2026-01-05'), steps: 1440, faults: true, dropouts: true };
    for (const { timeMs } of plants.devices.generate(options)) {
      newestMs = Math.max(newestMs, timeMs);
      behindMs = Math.max(behindMs, newestMs - timeMs);
    }
    assert.ok(behindMs > 40_000 && behindMs <= latenessMs, `${behindMs} ms behind, ${latenessMs} ms waited for`);
  });

  it('devices: a cell holds a report of the slowest device', () => {
    assert.ok(load('devices').window.step_ms >= 90_000);
  });
});

describe('server-telemetry', () => {
  const compose = {
    KAFKA_BROKERS: 'kafka:9092',
    KAFKA_TOPIC: 'plant.telemetry',
    INFLUX_URL: 'http://influxdb:8086',
    INFLUX_DATABASE: 'plant',
    DASHBOARD_HOST: '0.0.0.0',
    DASHBOARD_TOKEN: 'secret',
    DRIFTCAST_STATE_DIR: '/var/lib/driftcast',
  };

  it('takes from the environment what docker-compose.yml sets', () => {
    const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
    const processor = text.slice(text.indexOf('\n  processor:'), text.indexOf('\n  simulator:'));
    for (const key of Object.keys(compose)) assert.match(processor, new RegExp(`^ {6}${key}: `, 'm'));
    const config = load('server-telemetry', compose);
    assert.deepEqual(config.source.brokers, ['kafka:9092']);
    assert.equal(config.source.topics, 'plant.telemetry');
    assert.equal(config.sinks[0]?.url, 'http://influxdb:8086');
    assert.equal(config.sinks[0]?.database, 'plant');
    assert.deepEqual(config.dead_letter, {
      ...config.dead_letter,
      brokers: ['kafka:9092'],
      topic: 'plant.telemetry.dead-letters',
    });
    assert.deepEqual([config.dashboard.host, config.dashboard.token], ['0.0.0.0', 'secret']);
    assert.equal(config.state.path, '/var/lib/driftcast/state.json');
  });

  it('refuses to open the dashboard to the network without a token', () => {
    const { DASHBOARD_TOKEN: _, ...open } = compose;
    assert.throws(() => load('server-telemetry', open), /dashboard\.token/);
  });

  it('takes the login of InfluxDB from the environment', () => {
    const { sinks } = load('server-telemetry', { INFLUX_USER: 'writer', INFLUX_PASSWORD: 'p' });
    assert.deepEqual([sinks[0]?.username, sinks[0]?.password], ['writer', 'p']);
  });
});

/** Every `driftcast`, `npm run` and deploy/ command of a text: does it exist, with these options and files? */
function checkCommands(relative: string): void {
  const file = path.join(folder, relative);
  const text = readFileSync(file, 'utf8').replaceAll('\\\n', ' ');
  const program = everyCommand();
  const calls = [...text.matchAll(/(?:node src\/launch\.mjs|npx driftcast)[ \t]+([a-z]+)([^\n`|#]*)/g)];
  for (const [whole, name = '', rest = ''] of calls) {
    const command = program.commands.find((candidate) => candidate.name() === name);
    assert.ok(command !== undefined, `${relative}: ${whole}: no such command`);
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    for (const [, option] of rest.matchAll(/\s(--?[a-z][a-z-]*)/g))
      assert.ok(known.includes(option), `${relative}: ${whole}: no option ${option}`);
    for (const [place] of rest.matchAll(/(?<=\s)pipelines\/[\w./-]+/g)) assertExists(relative, place);
  }
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const runs = [...text.matchAll(/npm run ([a-z][a-z-]*)/g)];
  assert.ok(calls.length + runs.length > 0, `${relative} names no command of driftcast`);
  for (const [whole, script = ''] of runs) assert.ok(script in scripts, `${relative}: ${whole}: no such script`);
  for (const [place] of text.matchAll(/(?<![\w/.])(?:deploy|schemas|pipelines)\/[\w./-]*\w/g))
    assertExists(relative, place);
}

function assertExists(relative: string, place: string): void {
  assert.ok(existsSync(path.join(root, place)), `${relative} names ${place}, which is not there`);
}

function everyCommand(): Command {
  const program = new Command();
  const io = {
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: false,
    env: {},
    clock: systemClock,
    signal: new AbortController().signal,
  };
  registerSimulate(program, io);
  registerDoctor(program, io);
  for (const register of [
    registerInit,
    registerTrain,
    registerBacktest,
    registerRun,
    registerValidate,
    registerDemo,
    registerSchema,
  ])
    register(program, io, registry);
  return program;
}
