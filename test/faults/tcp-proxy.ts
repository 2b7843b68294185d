import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A pair of sockets that belong together. `abandoned`: nothing passes any more, and nobody is told. */
interface Connection {
  readonly client: Socket;
  readonly upstream: Socket;
  abandoned: boolean;
}

/**
 * A wire to a server on this machine that can be cut, held up and made long. Bytes pass as they are, in their order. Not
 * Toxiproxy: what is done here happens at the very moment of the call, so that a seed gives the same fault again, open
 * connections can be told from new ones, and there is nothing to download.
 */
export class TcpProxy {
  readonly #upstreamPort: () => number;
  readonly #connections = new Set<Connection>();
  readonly #server: Server;
  #port = 0;
  #delayMs = 0;
  #stalled: { readonly over: Promise<void>; readonly resume: () => void } | null = null;

  private constructor(upstreamPort: () => number) {
    this.#upstreamPort = upstreamPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** @param upstreamPort asked for every new connection: a server may come back elsewhere */
  static async listen(upstreamPort: () => number): Promise<TcpProxy> {
    const proxy = new TcpProxy(upstreamPort);
    await proxy.open();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Takes connections (again), on the port it had. */
  async open(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Resets what is open and refuses what comes, as a machine whose server has ended does. */
  async close(): Promise<void> {
    this.resume();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }

  /** RST on every open connection, to both ends; new ones pass. */
  reset(): void {
    for (const { client, upstream } of this.#connections) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /** Nothing passes, neither on what is open nor on what comes, until `resume`. */
  stall(): void {
    if (this.#stalled !== null) return;
    let resume = () => {};
    const over = new Promise<void>((resolve) => {
      resume = resolve;
    });
    this.#stalled = { over, resume };
  }

  resume(): void {
    this.#stalled?.resume();
    this.#stalled = null;
  }

  /** What is open now stays open and silent for good, as behind a firewall that forgot it; new ones pass. */
  abandon(): void {
    for (const connection of this.#connections) connection.abandoned = true;
  }

  /** Every piece of data is this much later from now on. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  #accept(client: Socket): void {
    const upstream = connect(this.#upstreamPort(), '127.0.0.1');
    const connection: Connection = { client, upstream, abandoned: false };
    this.#connections.add(connection);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => undefined).on('close', () => this.#closed(connection));
      this.#carry(connection, from, to).then(
        () => connection.abandoned || to.end(),
        () => connection.abandoned || to.resetAndDestroy(),
      );
    }
  }

  #closed(connection: Connection): void {
    if (connection.client.destroyed && connection.upstream.destroyed) this.#connections.delete(connection);
  }

  async #carry(connection: Connection, from: Socket, to: Socket): Promise<void> {
    for await (const piece of from) {
      while (this.#stalled !== null) await this.#stalled.over;
      if (this.#delayMs > 0) await sleep(this.#delayMs);
      if (connection.abandoned || to.destroyed) continue;
      if (!to.write(piece as Buffer)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
    while (this.#stalled !== null) await this.#stalled.over;
  }
}
