import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

/** What is done to a request. */
export type Behaviour =
  | { readonly kind: 'pass' }
  /** Answered here; the server never hears of it. */
  | { readonly kind: 'answer'; readonly status: number; readonly error: string }
  /** Passed on after a while. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The client gets the head of an answer and then the end of the connection. `reached`: the server has had the request. */
  | { readonly kind: 'drop'; readonly reached: boolean };

const passing = (): Behaviour => ({ kind: 'pass' });

/** Requests to a server on this machine; each may be kept from it, or its answer from the client. Answers are small here. */
export class HttpProxy {
  readonly #upstream: string;
  readonly #accepted: (target: string, body: Buffer) => void;
  readonly #server: Server;
  #behaviour: () => Behaviour = passing;
  #met = 0;

  private constructor(upstream: string, accepted: (target: string, body: Buffer) => void) {
    this.#upstream = upstream;
    this.#accepted = accepted;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  /** @param accepted told of every request that the server took, with its path and query, uncompressed */
  static async listen(upstream: string, accepted: (target: string, body: Buffer) => void): Promise<HttpProxy> {
    const proxy = new HttpProxy(upstream, accepted);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Requests that did not simply pass. */
  get met(): number {
    return this.#met;
  }

  /** From now on each request asks what becomes of it. */
  behave(behaviour: () => Behaviour): void {
    this.#behaviour = behaviour;
  }

  pass(): void {
    this.#behaviour = passing;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const behaviour = this.#behaviour();
    if (behaviour.kind !== 'pass') this.#met++;
    const body = await buffer(request);
    if (behaviour.kind === 'answer') {
      response.writeHead(behaviour.status, { 'content-type': 'application/json', 'x-influxdb-error': behaviour.error });
      response.end(JSON.stringify({ error: behaviour.error }));
      return;
    }
    if (behaviour.kind === 'delay') await sleep(behaviour.ms);
    if (behaviour.kind === 'drop' && !behaviour.reached) return dropBehindHead(response);
    const answer = await fetch(`${this.#upstream}${request.url}`, {
      method: request.method ?? 'GET',
      headers: forwarded(request),
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    });
    if (answer.ok) this.#accepted(request.url ?? '', plain(request, body));
    const text = Buffer.from(await answer.arrayBuffer());
    if (behaviour.kind === 'drop') return dropBehindHead(response);
    response.writeHead(answer.status, kept(answer.headers));
    response.end(text);
  }
}

/** A head that promises a body, and no body. */
function dropBehindHead(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '64' });
  response.flushHeaders();
  setTimeout(() => response.destroy(), 20);
}

/** As the server reads it. */
const plain = ({ headers }: IncomingMessage, body: Buffer): Buffer =>
  headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;

const forwarded = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    ['authorization', 'content-type', 'content-encoding'].flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );

const kept = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => /^(content-type|x-influxdb-.*)$/.test(name)));
