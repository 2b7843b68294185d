import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { saveTinyModel } from '../infer/model-fixture.ts';
import { eventually, startCli } from '../support/cli.ts';

const startMs = Date.parse('2024-03-04T00:00:00Z');

/** An InfluxDB that takes connections and never says a word. */
class SilentServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

describe('health of a running pipeline', () => {
  const server = new SilentServer();
  let folder = '';

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'driftcast-health-'));
    await saveTinyModel(path.join(folder, 'model'));
    const rows = Array.from({ length: 200 }, (_, i) => `${startMs + i * 60_000},${50 + Math.sin(i)},-3,0.2,7`);
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
        sinks: [{ type: 'influxdb', url: `http://127.0.0.1:${await server.listen()}`, timeout_ms: 300 }],
        dead_letter: { type: 'file', path: 'dead.jsonl' },
        limits: { shutdown_ms_max: 1500, stall_ms_max: 2000 },
        dashboard: { port: 0 },
      }),
    );
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  it('an InfluxDB that hangs: not ready, in the end not healthy, and a stop says what it waits for', async () => {
    const cli = startCli(['run', path.join(folder, 'pipeline.yaml')]);
    let url = '';
    await eventually(
      () => `no dashboard: ${cli.said()}`,
      async () => {
        url = /"dashboard":"([^"]+)"/.exec(cli.said())?.[1] ?? '';
        return url !== '';
      },
    );
    const ask = async (place: string) => {
      const answer = await fetch(new URL(place, url));
      const body = (await answer.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
      return { status: answer.status, checks: body.checks.filter(({ ok }) => !ok) };
    };
    let ready = await ask('/readyz');
    await eventually(
      () => `still ready: ${JSON.stringify(ready)}`,
      async () => {
        ready = await ask('/readyz');
        return ready.checks.some(({ name }) => name === 'sink 1 influxdb');
      },
    );
    assert.equal(ready.status, 503);
    assert.match(
      ready.checks.find(({ name }) => name.startsWith('sink'))?.detail ?? '',
      /InfluxDB at .*: results wait/,
    );

    let alive = await ask('/healthz');
    await eventually(
      () => `still healthy: ${JSON.stringify(alive)}`,
      async () => {
        alive = await ask('/healthz');
        return alive.status === 503;
      },
    );
    assert.deepEqual(
      alive.checks.map(({ name }) => name),
      ['progress'],
    );
    assert.match(alive.checks[0]?.detail ?? '', /none delivered for \d+ s .* waiting for the sinks: restart/);

    cli.kill('SIGTERM');
    const { code } = await cli.exitWithin(60_000);
    assert.equal(code, 143);
    assert.match(cli.said(), /not everything was delivered and committed within 1500 ms .* waiting for the sinks/);
    assert.match(cli.said(), /Nothing is lost/);
  });
});
