import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = (name: string): string => fileURLToPath(new URL(`../../deploy/native/${name}.sh`, import.meta.url));
const startMsMax = 180_000;

export type ServerName = 'kafka' | 'influxdb';

export interface OwnServersOptions {
  /** Absent: both. */
  readonly names?: readonly ServerName[];
  /** Where the proxy in front of the broker listens: clients that come through it are sent back to it. Absent: there is none. */
  readonly proxyPort?: () => number;
}

/** A broker and a database of the suite's own, in a folder of their own, that may be stopped, killed and started again. */
export class OwnServers {
  readonly #folder: string;
  readonly #ports: Readonly<Record<ServerName, number>>;
  readonly #proxyPort: (() => number) | undefined;
  #told: Readonly<Record<string, string>> = {};
  /** An attack that was interrupted may still want its server back. */
  #removed = false;

  private constructor(
    folder: string,
    ports: Readonly<Record<ServerName, number>>,
    proxyPort: (() => number) | undefined,
  ) {
    this.#folder = folder;
    this.#ports = ports;
    this.#proxyPort = proxyPort;
  }

  static async start({ names = ['kafka', 'influxdb'], proxyPort }: OwnServersOptions): Promise<OwnServers> {
    const folder = await mkdtemp(path.join(tmpdir(), 'driftcast-servers-'));
    // the database runs as a user of its own
    await chmod(folder, 0o755);
    const servers = new OwnServers(folder, { kafka: await unusedPort(), influxdb: await unusedPort() }, proxyPort);
    try {
      await Promise.all(names.map((name) => servers.up(name)));
    } catch (error) {
      await servers.remove();
      throw error;
    }
    return servers;
  }

  /** host:port for clients that go straight to the broker. */
  get broker(): string {
    return this.#told.KAFKA_BROKERS ?? '';
  }

  /** Port of the broker for what comes through the proxy. */
  get proxiedPort(): number {
    return Number(this.#told.KAFKA_PROXIED?.split(':')[1]);
  }

  get influxUrl(): string {
    return this.#told.INFLUX_URL ?? '';
  }

  /** Starts it (again), with the data it had, on the port it had. */
  async up(name: ServerName): Promise<void> {
    if (this.#removed) throw new Error(`${name} is not started again: the suite ends`);
    // results are stamped with the time they speak of, which is long past here: the broker would delete them as expired
    const proxied = this.#proxyPort === undefined ? [] : ['--proxied', String(this.#proxyPort())];
    const own = name === 'kafka' ? [...proxied, '--set', 'log.retention.ms=-1'] : [];
    const said = await this.#script(name, 'up', '--port', String(this.#ports[name]), ...own);
    const told = said.split('\n').flatMap((line) => {
      const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value]];
    });
    this.#told = { ...this.#told, ...Object.fromEntries(told) };
  }

  /** Resolves when the process is gone. */
  async down(name: ServerName, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#script(name, 'down', ...(how === 'SIGKILL' ? ['--kill'] : []));
  }

  /** Stops both and deletes what they stored. */
  async remove(): Promise<void> {
    this.#removed = true;
    await Promise.allSettled([
      this.#script('kafka', 'down', '--purge', '--kill'),
      this.#script('influxdb', 'down', '--purge', '--kill'),
    ]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #script(name: ServerName, ...args: string[]): Promise<string> {
    const { stdout } = await run(script(name), [...args, '--dir', path.join(this.#folder, name)], {
      timeout: startMsMax,
    });
    return stdout;
  }
}

/**
 * A port that nobody else takes while its server is down: not a usual one, and below those that the system gives to
 * outgoing connections.
 */
async function unusedPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    probe.close();
    if (free) return port;
  }
}
