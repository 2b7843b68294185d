import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Check, DoctorReport } from '../../src/cli/doctor/check.ts';
import { autoChoice, checkAuto, checkEngine, type Probed } from '../../src/cli/doctor/engines.ts';
import { checkCores, checkGpu, checkMemory, checkNode, nodeOldest } from '../../src/cli/doctor/machine.ts';
import { checkInflux, checkKafka, deadlineOf, influxAddress } from '../../src/cli/doctor/servers.ts';
import { checkDemo, checkDocker, checkFolder } from '../../src/cli/doctor/surroundings.ts';
import { reportText } from '../../src/cli/doctor/text.ts';
import { type DoctorParts, registerDoctor } from '../../src/cli/doctor.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import type { EngineChoice } from '../../src/infer/engines/choose.ts';
import type { EngineName, EngineProbe, OnnxProvider } from '../../src/infer/engines/engine.ts';
import { gpusAmong } from '../../src/infer/engines/visible-gpus.ts';
import { runCommand } from './test-io.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-doctor-'));
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
  rmSync(dir, { recursive: true });
});

const usable = (detail: string, device: EngineProbe['device'] = 'cpu'): EngineProbe => ({
  usable: true,
  device,
  detail,
  remedy: '',
});
const missing = (detail: string, remedy: string): EngineProbe => ({ usable: false, device: 'cpu', detail, remedy });
type Name = 'onnx' | 'onnx_webgpu' | 'onnx_cuda' | 'tensorflow' | 'wasm';
type Probes = Readonly<Record<Name, EngineProbe>>;
const choiceOf = (name: Name): EngineChoice => {
  const [engine, provider = 'cpu'] = name.split('_') as [EngineName, OnnxProvider?];
  return { engine, provider };
};
const nameOf = ({ engine, provider }: EngineChoice) => (provider === 'cpu' ? engine : `${engine}_${provider}`) as Name;
const healthy: Probes = {
  onnx: usable('onnxruntime-node 1'),
  onnx_webgpu: missing('no Vulkan driver found a GPU', 'apt-get install libvulkan1'),
  onnx_cuda: missing('cannot be loaded', 'npm rebuild onnxruntime-node'),
  tensorflow: missing('native addon not built', 'npm run native-tf (on a GPU machine: npm run native-tf -- --gpu)'),
  wasm: usable('tfjs wasm'),
};

const fine = (name: string): Check => ({ name, status: 'ok', detail: 'fine', remedy: '', facts: {} });

function machine(changes: Partial<DoctorParts> & { probes?: Partial<typeof healthy> } = {}): DoctorParts {
  const { probes = {}, ...parts } = changes;
  return {
    nodeVersion: '20.19.0',
    deviceFiles: () => [],
    probe: async (choice) => ({ ...healthy, ...probes })[nameOf(choice)],
    surroundings: () => [Promise.resolve(fine('demo')), Promise.resolve(fine('folder'))],
    ...parts,
  };
}

const doctor = (args: readonly string[] = [], parts = machine(), env = {}) =>
  runCommand((program, io) => registerDoctor(program, io, parts), ['doctor', ...args], env);

const named = (report: DoctorReport, name: string): Check => {
  const found = report.checks.find((check) => check.name === name);
  assert.ok(found !== undefined, `no check ${name}`);
  return found;
};

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('driftcast doctor', () => {
  it('succeeds with one engine and says what the others need', async () => {
    const { stdout, error } = await doctor();
    assert.equal(error, null);
    assert.match(stdout, /^warn {2}tensorflow +not usable: native addon not built\n +-> npm run native-tf \(on a GPU/m);
    assert.match(stdout, /^ok {4}engines +auto runs models on onnx \(cpu\), trains on wasm \(several times slower/m);
    assert.match(stdout, /^- {5}kafka +not asked \(--brokers localhost:9092\)$/m);
    assert.match(stdout, /can run driftcast\. Try: npm run demo\n$/);
    assert.ok(!stdout.includes('\u001b'), 'no colours into a pipe');
  });

  it('prints the documented JSON and nothing else', async () => {
    const { stdout, error } = await doctor(['--json']);
    assert.equal(error, null);
    const report: DoctorReport = JSON.parse(stdout);
    assert.deepEqual(Object.keys(report), ['schema_version', 'ok', 'auto', 'checks']);
    assert.equal(report.schema_version, 1);
    assert.equal(report.ok, true);
    assert.deepEqual(report.auto, { inference: 'onnx', provider: 'cpu', training: 'wasm' });
    const machines = ['node', 'cores', 'memory', 'gpu'];
    const names = [...machines, ...Object.keys(healthy), 'engines', 'demo', 'folder', 'kafka', 'influxdb'];
    assert.deepEqual(
      report.checks.map(({ name }) => name),
      names,
    );
    for (const check of report.checks) {
      assert.deepEqual(Object.keys(check), ['name', 'status', 'detail', 'remedy', 'facts']);
      assert.ok(['ok', 'warning', 'failed', 'skipped'].includes(check.status));
      assert.notEqual(check.detail, '');
    }
  });

  it('names every check and status of its help', async () => {
    const { stdout } = await doctor(['--help']);
    for (const name of [
      'node',
      'cores',
      'memory',
      'gpu',
      ...Object.keys(healthy),
      'engines',
      'demo',
      'folder',
      'docker',
    ])
      assert.match(stdout, new RegExp(`\\b${name}\\b`));
    assert.match(stdout, /Exit status: 0/);
  });

  it('fails where no engine runs, with the report all the same', async () => {
    const none = missing('gone', 'npm ci');
    const { stdout, error } = await doctor(
      ['--json'],
      machine({ probes: { onnx: none, tensorflow: none, wasm: none } }),
    );
    assert.ok(error instanceof DriftcastError && error.code === 'ENGINE_UNAVAILABLE');
    assert.match(error.message, /main job here: engines$/);
    const report: DoctorReport = JSON.parse(stdout);
    assert.equal(report.ok, false);
    assert.deepEqual(report.auto, { inference: null, provider: null, training: null });
    assert.equal(named(report, 'engines').remedy, 'npm ci');
  });

  it('fails on an old Node and a folder that cannot be written, naming both', async () => {
    const surroundings = () => [checkFolder(path.join(dir, 'nowhere'))];
    const { stdout, error } = await doctor([], machine({ nodeVersion: '18.20.4', surroundings }));
    assert.ok(error instanceof DriftcastError);
    assert.match(error.message, /node, folder$/);
    assert.match(stdout, /^FAIL {2}node +Node\.js 18\.20\.4, at least 20\.19 is needed\n +-> install/m);
    assert.match(stdout, /Not yet: node, folder/);
  });

  it('looks at DRIFTCAST_STATE_DIR where it is set, else at the working folder', async () => {
    const asked: string[] = [];
    const parts = machine({
      surroundings: (folder) => {
        asked.push(folder);
        return [];
      },
    });
    await doctor([], parts, { DRIFTCAST_STATE_DIR: '/var/lib/driftcast' });
    await doctor([], parts, { DRIFTCAST_STATE_DIR: '' });
    assert.deepEqual(asked, ['/var/lib/driftcast', process.cwd()]);
  });

  it('asks the servers that options or the environment name, options first', async () => {
    const url = await listen((_, response) => response.writeHead(204, { 'X-Influxdb-Version': '1.8.10' }).end());
    const fromEnv = JSON.parse((await doctor(['--json'], machine(), { INFLUX_URL: url })).stdout);
    assert.deepEqual(named(fromEnv, 'influxdb').facts, { url, version: '1.8.10' });
    const closed = `http://127.0.0.1:${await closedPort()}`;
    const { stdout, error } = await doctor(['--json', '--influx', closed], machine(), { INFLUX_URL: url });
    assert.ok(error instanceof DriftcastError);
    assert.equal(named(JSON.parse(stdout), 'influxdb').status, 'failed');
  });

  it('fails where a broker that was named does not answer', async () => {
    const broker = `127.0.0.1:${await closedPort()}`;
    const { stdout, error } = await doctor(['--json', '--brokers', ` ${broker} ,,`]);
    assert.ok(error instanceof DriftcastError);
    const check = named(JSON.parse(stdout), 'kafka');
    assert.equal(check.status, 'failed');
    assert.deepEqual(check.facts.brokers, [broker]);
    assert.match(check.detail, /ECONNREFUSED/);
  });

  it('never prints a login, right or wrong', async () => {
    const url = await listen((_, response) => response.writeHead(401).end('no'));
    for (const address of [url.replace('//', '//me:hunter2@'), 'http//me:hunter2@host', 'ftp://me:hunter2@host']) {
      const { stdout, stderr, error } = await doctor(['--influx', address]);
      assert.ok(error instanceof DriftcastError);
      assert.ok(!`${stdout}${stderr}${error.message}${error.hint}`.includes('hunter2'), address);
    }
  });
});

describe('driftcast doctor --size', () => {
  const size = (...args: readonly string[]) => doctor(['--size', 'series=5000', 'channels=12', 'step=10s', ...args]);

  it('answers for an installation and looks at nothing else', async () => {
    const untouched = machine({ probe: () => Promise.reject(new Error('probed')) });
    const { stdout, error } = await doctor(['--size', 'series=5000', 'channels=12', 'step=10s'], untouched);
    assert.equal(error, null);
    assert.match(stdout, /^For 5,000 series of 12 channels, a row every 10s/);
    assert.match(stdout, /npm run bench/);
  });

  it('prints the documented JSON', async () => {
    const report = JSON.parse((await size('--json')).stdout);
    const help = (await doctor(['--help'])).stdout;
    for (const key of Object.keys(report)) assert.ok(help.includes(key), `${key} is not in the help`);
    assert.deepEqual([report.schema_version, report.asked.step_ms, report.rates.windows_per_s], [1, 10_000, 125]);
    assert.ok(Number.isInteger(report.kafka_partitions_min) && report.cores >= 1);
    assert.match(report.measured.measured_at, /^20\d\d-/);
  });

  it('refuses what it does not understand', async () => {
    const { error } = await size('chanels=3');
    assert.ok(error instanceof DriftcastError && error.code === 'USAGE');
    assert.match(error.message, /nearest: channels/);
  });
});

describe('engines', () => {
  const none = gpusAmong([]);
  const nvidia = gpusAmong(['/dev/nvidia0']);
  const render = gpusAmong(['/dev/dri/renderD128']);
  const all = (probes: Partial<Probes>): readonly Probed[] =>
    (Object.keys(healthy) as Name[]).map((name) => ({
      choice: choiceOf(name),
      probe: probes[name] ?? missing('x', 'y'),
    }));
  const chosen = (probes: Partial<Probes>, gpus = none) => Object.values(autoChoice(all(probes), gpus)).join();

  it('chooses as `run` and `train` do', () => {
    const [onnx, tensorflow, wasm] = [usable('x'), usable('x'), usable('x')];
    assert.equal(chosen({ onnx, tensorflow, wasm }), 'onnx,cpu,tensorflow');
    assert.equal(chosen({ onnx, wasm }, nvidia), 'onnx,cpu,wasm');
    assert.equal(chosen({ tensorflow, wasm }), 'tensorflow,,tensorflow');
    assert.equal(chosen({ wasm }), 'wasm,,wasm');
    assert.equal(chosen({ onnx }), 'onnx,cpu,');
    assert.equal(chosen({}), ',,');
    assert.equal(checkAuto({ inference: 'onnx', provider: 'cpu', training: null }).status, 'warning');
    assert.equal(checkAuto({ inference: null, provider: null, training: 'wasm' }).status, 'failed');
    assert.equal(checkAuto({ inference: 'onnx', provider: 'cpu', training: 'tensorflow' }).remedy, '');
    assert.match(checkAuto({ inference: 'onnx', provider: 'webgpu', training: null }).detail, /onnx \(webgpu\)/);
  });

  it('chooses a GPU only where one is visible and the engine computes on it', () => {
    const cpu = { onnx: usable('x'), tensorflow: usable('x'), wasm: usable('x') };
    const onGpu = (name: string) => usable(name, 'gpu');
    assert.equal(chosen({ ...cpu, tensorflow: onGpu('x'), onnx_cuda: onGpu('x') }, nvidia), 'tensorflow,,tensorflow');
    assert.equal(chosen({ ...cpu, onnx_cuda: onGpu('x'), onnx_webgpu: onGpu('x') }, nvidia), 'onnx,cuda,tensorflow');
    assert.equal(chosen({ ...cpu, onnx_webgpu: onGpu('x') }, nvidia), 'onnx,webgpu,tensorflow');
    assert.equal(chosen({ ...cpu, onnx_webgpu: onGpu('x') }, render), 'onnx,webgpu,tensorflow');
    assert.equal(chosen(cpu, nvidia), 'onnx,cpu,tensorflow', 'the addon on the CPU is slower than ONNX Runtime there');
    assert.equal(chosen({ ...cpu, onnx_webgpu: usable('in software') }, render), 'onnx,cpu,tensorflow');
  });

  const check = (name: Name, probe: EngineProbe, gpus = none) => checkEngine({ choice: choiceOf(name), probe }, gpus);

  it('says so when a GPU stands idle', () => {
    const onCpu = usable('libtensorflow 2 on the CPU');
    const idle = check('tensorflow', onCpu, nvidia);
    assert.equal(idle.status, 'warning');
    assert.match(idle.detail, /although a GPU is visible/);
    assert.equal(idle.remedy, 'npm run native-tf -- --gpu');
    assert.equal(check('tensorflow', onCpu).status, 'ok');
    assert.equal(check('tensorflow', onCpu, render).status, 'ok', 'an AMD or Intel GPU is nothing to TensorFlow');
    assert.equal(check('tensorflow', usable('libtensorflow 2 on the GPU', 'gpu'), nvidia).status, 'ok');
    assert.equal(check('tensorflow', healthy.tensorflow, nvidia).remedy, 'npm run native-tf -- --gpu');
    assert.equal(check('onnx', usable('x'), nvidia).status, 'ok');
    const software = check('onnx_webgpu', usable('in software'), render);
    assert.deepEqual([software.status, software.facts.device], ['warning', 'cpu']);
  });

  it('names a provider that is missing, a warning only where a GPU for it is visible', () => {
    const absent = missing('no driver', 'apt-get install it');
    const skipped = check('onnx_webgpu', absent);
    assert.deepEqual(skipped.facts, { usable: false, device: null, visible_gpu: false });
    assert.deepEqual([skipped.name, skipped.status, skipped.remedy], ['onnx_webgpu', 'skipped', 'apt-get install it']);
    assert.match(skipped.detail, /not usable: no driver; no GPU for it is visible/);
    assert.equal(check('onnx_webgpu', absent, render).status, 'warning');
    assert.equal(check('onnx_cuda', absent, render).status, 'skipped');
    assert.equal(check('onnx_cuda', absent, nvidia).status, 'warning');
    assert.equal(check('onnx_webgpu', usable('computes', 'gpu')).status, 'ok');
  });
});

describe('machine', () => {
  it('wants the Node that package.json wants', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.equal(engines.node, `>=${nodeOldest.join('.')}`);
    for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0-pre']) assert.equal(checkNode(version).status, 'ok');
    for (const version of ['20.18.9', '18.99.0', '9.1.0']) assert.equal(checkNode(version).status, 'failed');
  });

  it('counts workers as `infer.workers: 0` does', () => {
    assert.equal(checkCores(1).detail, '1 core for this process: 1 worker by default');
    assert.deepEqual(checkCores(8).facts, { cores: 8, workers: 7 });
  });

  it('takes the limit of a container where there is one', () => {
    const gib = 1024 ** 3;
    assert.equal(checkMemory(16 * gib, 0, 3 * gib).detail, '16.0 GiB, 3.0 GiB free');
    assert.equal(checkMemory(16 * gib, 2 ** 63, 3 * gib).facts.limited, false);
    const small = checkMemory(16 * gib, gib / 2, 3 * gib);
    assert.equal(small.status, 'warning');
    assert.equal(small.detail, '0.5 GiB (the limit of this container), 0.5 GiB free');
    assert.notEqual(small.remedy, '');
  });

  it('tells which GPUs are visible', () => {
    const seen = checkGpu(gpusAmong(['/dev/null', '/dev/nvidia0', '/dev/dri/renderD128']));
    assert.deepEqual(seen.facts, { devices: ['/dev/nvidia0', '/dev/dri/renderD128'], cuda_devices: ['/dev/nvidia0'] });
    assert.match(seen.detail, /renderD128 visible$/);
    assert.deepEqual(checkGpu(gpusAmong([])).facts.devices, []);
    assert.equal(checkGpu(gpusAmong([])).status, 'ok');
  });
});

describe('servers and surroundings', () => {
  const deadline = deadlineOf(5000);

  it('tells InfluxDB from other servers', async () => {
    const paths: string[] = [];
    const serve = (status: number, headers: Record<string, string>) =>
      listen((request, response) => {
        paths.push(`${request.method} ${request.url}`);
        response.writeHead(status, headers).end();
      });
    const good = await checkInflux(`${await serve(204, { 'X-Influxdb-Version': '1.6.7' })}/proxy/`, deadline);
    assert.equal(good.status, 'ok');
    assert.match(good.detail, /\/proxy: InfluxDB 1\.6\.7$/);
    assert.deepEqual(paths, ['GET /proxy/ping']);
    const newer = await checkInflux(await serve(204, { 'X-Influxdb-Version': 'v2.7.1' }), deadline);
    assert.equal(newer.status, 'warning');
    const other = await checkInflux(await serve(200, {}), deadline);
    assert.match(other.detail, /does not look like InfluxDB/);
    assert.match((await checkInflux(await serve(503, {}), deadline)).detail, /HTTP 503/);
    assert.throws(() => influxAddress('localhost:8086'), /expected a URL such as/);
  });

  it('gives up on servers that never answer', async () => {
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const soon = deadlineOf(100);
    assert.match((await checkInflux(`http://${address}`, soon)).detail, /no answer within 0\.1 s/);
    const kafka = await checkKafka({ brokers: [address], client_id: 'test', tls: false }, soon);
    assert.match(kafka.detail, /no answer within 0\.1 s/);
    assert.match(kafka.remedy, /address it advertises/);
    silent.close();
    for (const socket of sockets) socket.destroy(); // what was given up on would wait for minutes
  });

  it('leaves nothing in the folder it tries', async () => {
    const folder = path.join(dir, 'folder');
    mkdirSync(folder);
    assert.equal((await checkFolder(folder)).status, 'ok');
    assert.deepEqual(readdirSync(folder), []);
  });

  it('loads the model of the demo, and says where one is broken', async () => {
    assert.equal((await checkDemo()).status, 'ok');
    const broken = await checkDemo(dir);
    assert.equal(broken.status, 'failed');
    assert.match(broken.detail, /manifest\.json/);
  });

  it('does without Docker', async () => {
    const none = await checkDocker(path.join(dir, 'no-such-program'));
    assert.deepEqual([none.status, none.facts.version], ['ok', null]);
    assert.match(none.remedy, /stack\.sh/);
    const unable = await checkDocker('false');
    assert.match(unable.detail, /no engine answers/);
  });

  it('colours words on a terminal only, in columns', () => {
    const checks = [fine('a'), { ...fine('longer'), status: 'failed' as const, remedy: 'mend it' }];
    const report: DoctorReport = {
      schema_version: 1,
      ok: false,
      auto: { inference: null, provider: null, training: null },
      checks,
    };
    const plain = reportText(report, false);
    assert.equal(
      plain,
      'ok    a       fine\nFAIL  longer  fine\n              -> mend it\n\nNot yet: longer (see above).\n',
    );
    assert.equal(stripVTControlCharacters(reportText(report, true)), plain);
    assert.notEqual(reportText(report, true), plain);
  });
});
