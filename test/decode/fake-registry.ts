import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Registered {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

/** A schema registry on a port of this machine, with what real ones answer; `mode` makes it misbehave. */
export class FakeRegistry {
  readonly schemas = new Map<number, Registered>();
  readonly subjects = new Map<string, Registered>();
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];
  mode: 'well' | 'down' | 'silent' | 'locked' | 'elsewhere' | 'endless' | 'redirect' = 'well';
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '');
      this.asked.push({ path, headers: request.headers });
      const say = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
      if (this.mode === 'silent') return undefined;
      if (this.mode === 'down') return say(503, { error_code: 50301, message: 'down' });
      if (this.mode === 'locked') return say(401, { error_code: 401, message: 'no' });
      if (this.mode === 'elsewhere') return response.writeHead(404).end('<html>nothing here</html>');
      if (this.mode === 'redirect') return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      if (this.mode === 'endless') return response.writeHead(200).end('x'.repeat(3_000_000));
      const found = this.schemas.get(Number(/^\/schemas\/ids\/(\d+)$/.exec(path)?.[1])) ?? this.subjects.get(path);
      if (found !== undefined) return say(200, found);
      return say(404, { error_code: 40403, message: 'Schema not found' });
    });
  }

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A message as serializers write it. */
export const framed = (id: number, body: Uint8Array | string): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, Buffer.from(body)]);
};
